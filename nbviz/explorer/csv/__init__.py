"""Tables in files, as the command line reads them."""
