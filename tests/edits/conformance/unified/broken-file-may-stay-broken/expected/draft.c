int f( {
    return 1;
}

int g(void)
{
    return 3;
}
