"""The questions: cards, their schema, the deck and the search index. Imports nothing of bot."""
