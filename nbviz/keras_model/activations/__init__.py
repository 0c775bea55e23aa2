"""What layers return, and what they show of it: feature maps, windows of a convolution, steps, blocks."""
