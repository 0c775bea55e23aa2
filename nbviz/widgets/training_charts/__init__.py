"""Charts of a training run that follow the timeline."""
