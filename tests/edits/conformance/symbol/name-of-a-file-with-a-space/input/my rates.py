def low():
    return 7
