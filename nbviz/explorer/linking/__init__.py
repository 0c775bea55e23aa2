"""How the views of an explorer follow each other, and the one state that they all go back to."""
