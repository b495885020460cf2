void walk(int i)
{
++ i;
-- i;
}
