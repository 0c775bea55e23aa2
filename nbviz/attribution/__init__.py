"""Which inputs and units matter for which class of a live model, and how sure that is."""
