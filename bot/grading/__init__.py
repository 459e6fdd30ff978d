"""From the words of an answer to verdicts, a score, feedback and a follow-up."""
