"""Pictures in an explorer: what they are, and what is shown of them."""
