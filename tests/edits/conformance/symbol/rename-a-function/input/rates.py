def low():
    return 7


def lower():
    return low() - 2


print("low", low())
