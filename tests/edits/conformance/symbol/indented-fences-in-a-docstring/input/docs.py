def usage():
    pass
