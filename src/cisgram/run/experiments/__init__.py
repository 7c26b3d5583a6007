"""In-silico experiments from files to files: a trained model, sequences or places, tables and a page."""
