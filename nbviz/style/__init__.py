"""Colours, numbers in words, text widths, markup and pixels: what every wing may say things with."""
