class Shop
{
    int Open()
    {
        return 1;
    }
}
