# café
PRICE = 3
# thé
