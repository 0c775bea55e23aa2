"""What matters in pictures, as maps over the mean picture."""
