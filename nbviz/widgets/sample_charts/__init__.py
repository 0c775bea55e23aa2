"""Charts of one sample: waterfall, what-if, confusion matrix."""
