"""Motifs from sequences alone: enriched words, refined by EM or Gibbs sampling, and tested on held-out sequences."""
