"""Variants through a trained model, from files to files: scores, null, motifs, measured effects, pages."""
