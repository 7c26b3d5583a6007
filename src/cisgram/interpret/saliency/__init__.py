"""Which parts of a long window the predicted signal of a promoter depends on, by gradients and by deletion."""
