"""The widgets, a folder each."""
