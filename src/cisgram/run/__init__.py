"""A run is a folder: its settings, its manifest and its steps."""
