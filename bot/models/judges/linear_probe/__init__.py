"""Judges any question by a linear probe on the embedded model's final hidden state."""
