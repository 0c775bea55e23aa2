"""The samples, and what the model says of each."""
