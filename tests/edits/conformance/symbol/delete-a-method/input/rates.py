def low():
    return 7


def high():
    return 19


print(low())
