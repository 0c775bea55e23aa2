"""The tab *Sample*: its parts, what they are told of single rows, and how they follow it."""
