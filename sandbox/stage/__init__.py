"""The program that makes the last steps inside, starts the command, and outlives it.

It is handed to a bare interpreter as code objects through a descriptor, so nothing of it has to lie inside, and it uses
the fewest modules that will do, for each costs every command some of a millisecond. Its modules import nothing of this
package but one another.
"""
