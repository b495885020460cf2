print("it is open")
print("bye")
