"""Functions compiled of a model, and what they are judged by."""
