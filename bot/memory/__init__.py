"""What is remembered: interviews, turns and attempts."""
