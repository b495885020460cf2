def rate():
<<<<<<< HEAD
    return 19
=======
    return 7
>>>>>>> reduced
