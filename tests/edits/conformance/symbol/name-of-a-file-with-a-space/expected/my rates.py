def low():
    return 5
