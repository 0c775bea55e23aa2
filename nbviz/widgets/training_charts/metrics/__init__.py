"""Loss and metrics of a run as curves."""
