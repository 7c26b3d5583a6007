"""The nouns: NumPy and pandas values and pure functions; no files, no torch."""
