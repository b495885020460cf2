def reduced():
    return 7


def lower():
    return reduced() - 2


print("low", reduced())
