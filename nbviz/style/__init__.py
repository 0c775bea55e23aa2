"""Colours, numbers in words, text widths and markup."""
