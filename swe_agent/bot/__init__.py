"""Who posts: the two platforms of `forge.Forge`, each behind the library of its extra.

What is to be posted is decided in `review`; here it is carried out, once and whole, over networks that are neither.
Tokens, addresses, clock and chance are handed in.
"""
