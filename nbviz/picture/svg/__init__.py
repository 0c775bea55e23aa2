"""The picture as SVG, without a browser."""
