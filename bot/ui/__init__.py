"""The Gradio page: one file a page, pure functions for what is shown."""
