"""ChromHMM's files: marks in bins, models, segments."""
