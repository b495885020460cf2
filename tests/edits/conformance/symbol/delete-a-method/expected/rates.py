def low():
    return 7


print(low())
