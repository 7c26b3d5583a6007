"""The experiments on the simulated cell, one module per assay: each turns contigs of the cell into reads."""
