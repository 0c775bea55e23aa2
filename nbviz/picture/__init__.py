"""The picture as plain data: which units are drawn, where, and what one moment looks like."""
