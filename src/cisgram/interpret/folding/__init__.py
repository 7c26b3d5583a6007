"""Questions to a model of contact maps: sequences are edited, and the predicted maps compared."""
