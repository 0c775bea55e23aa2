"""When work is done: in the background, or throttled."""
