"""One file format per module; readers return nouns or arrays."""
