"""What in a picture speaks for and against classes."""
