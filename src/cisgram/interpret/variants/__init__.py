"""What a variant does to what a model predicts: alleles in, scores per track out."""
