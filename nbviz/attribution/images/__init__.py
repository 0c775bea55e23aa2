"""Rows that are pictures: where their pixels are, regions of them, and what matters in them."""
