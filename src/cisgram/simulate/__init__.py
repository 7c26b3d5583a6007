"""The simulated cell: a genome with a planted grammar and the assays measured on it."""
