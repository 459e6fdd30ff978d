"""Measures the bot: retrieval, agreement, attacks, latency. Results are text in results/; nothing of the bot imports this."""
