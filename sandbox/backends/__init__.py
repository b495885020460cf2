"""Ways to put a boundary around a command. Each turns a policy into an argument list; none starts anything."""
