"""Answers to rows of data: labels as numbers beside a model's outputs, and whether these are the right ones."""
