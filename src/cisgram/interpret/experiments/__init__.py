"""In-silico experiments: sequences are edited, and a model says what it makes of them."""
