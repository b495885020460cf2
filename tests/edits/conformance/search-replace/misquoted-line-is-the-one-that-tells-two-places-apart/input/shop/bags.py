class Cart:
    def clear(self):
        self.lines = []
        self.touched = True

    def label(self):
        return "cart"


class Basket:
    def clear(self):
        self.lines = []
        self.touched = True

    def label(self):
        return "basket"
