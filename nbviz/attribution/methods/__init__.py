"""The methods of importance, a file a family."""
