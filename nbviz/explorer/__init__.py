"""The explorer: diagram, importance matrix and single samples, linked."""
