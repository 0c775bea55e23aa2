"""One thread that trains a model as `fit` does, and takes commands between batches."""
