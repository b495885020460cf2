from shop.cart import Trolley


def bill(lines):
    """What Cart makes of it."""
    return Trolley(lines).total()  # a Cart
