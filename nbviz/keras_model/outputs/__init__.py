"""What a model answers with: names, meanings, and the logits behind probabilities."""
