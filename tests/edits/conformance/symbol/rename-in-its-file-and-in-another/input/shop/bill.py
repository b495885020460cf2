from shop.cart import Cart


def bill(lines):
    """What Cart makes of it."""
    return Cart(lines).total()  # a Cart
