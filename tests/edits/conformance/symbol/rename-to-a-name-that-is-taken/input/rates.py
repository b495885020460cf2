def low():
    return 7


def high():
    return low() + 12
