"""Contact maps (Hi-C, Micro-C): balanced, taken apart by distance, and their features found."""
