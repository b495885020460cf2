if a:
    stop()
stop()
