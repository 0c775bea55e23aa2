"""A network as plain data: structure, rows, names, health."""
