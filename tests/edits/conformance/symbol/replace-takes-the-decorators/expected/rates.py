import functools


class Rates:
    @property
    def low(self):
        return 5

    def high(self):
        return 19
