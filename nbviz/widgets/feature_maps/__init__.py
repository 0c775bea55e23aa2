"""The feature maps of a layer."""
