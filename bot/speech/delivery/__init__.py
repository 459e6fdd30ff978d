"""How an answer was spoken, measured from what was heard. Never part of the content score."""
