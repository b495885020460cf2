# café
PRICE = 2
# thé
