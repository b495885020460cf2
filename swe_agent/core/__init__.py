"""Values everybody speaks, and the ports between rooms. Standard library only; no files, processes or clocks."""
