# Do not write this:
#
# ... existing code ...

max_line = 120
