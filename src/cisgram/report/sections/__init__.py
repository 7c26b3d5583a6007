"""The parts of the report page, one question per file; those of one kind of run in a folder of their own."""
