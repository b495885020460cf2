import sys

if sys.argv:
    print(1)
print(2)
