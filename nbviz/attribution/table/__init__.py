"""The table of importance: its numbers, its words, its markup."""
