"""The history of a training run."""
