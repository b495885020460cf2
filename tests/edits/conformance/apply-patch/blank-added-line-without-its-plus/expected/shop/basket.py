import os

class Basket:
    pass
