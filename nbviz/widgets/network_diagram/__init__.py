"""The network as units and edges."""
