"""The interviewer's voice: questions and follow-ups aloud, offline, when a voice is installed."""
