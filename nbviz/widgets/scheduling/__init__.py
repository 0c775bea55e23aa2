"""When work is done: in the background, throttled, debounced."""
