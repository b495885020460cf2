print("it's open")
print("bye")
