"""The interview: what to ask next, what the candidate wants, and the state from turn to turn."""
