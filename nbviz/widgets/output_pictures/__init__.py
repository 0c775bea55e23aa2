"""What a model makes of a picture: the input beside the output."""
