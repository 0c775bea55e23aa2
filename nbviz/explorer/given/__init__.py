"""What a user hands in to be explored: rows, their answers, and what all of it is called."""
