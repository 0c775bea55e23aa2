"""Rows that are tokens: their ids, what they are called, and which of them matter."""
