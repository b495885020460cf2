if a:
    stop()
halt()
