"""The data doctor: questions to ask of data before a model is trained on them, and verdicts with evidence."""
