"""Places of motifs in sequences: scores in bits, exact p-values, whole genomes for many motifs at once."""
