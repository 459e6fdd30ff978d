"""Models: weights on disk, the embedded server, chat, typed decisions, embeddings."""
