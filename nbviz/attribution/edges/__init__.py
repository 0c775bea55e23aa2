"""What the edges of a network carry: contributions to a class, and paths of a feature to a class."""
