"""The parts of the report page, one question per file."""
