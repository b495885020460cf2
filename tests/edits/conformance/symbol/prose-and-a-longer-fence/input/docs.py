def usage():
    return ""
