"""A widget as one HTML file that works without a kernel and without a network."""
