"""The interviewer: models, grading, interview, memory and the page."""
