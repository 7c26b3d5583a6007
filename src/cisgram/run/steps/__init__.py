"""What each step of a run does: reads the folder, calls the library, writes the folder."""
