"""The control bar that trains a model."""
