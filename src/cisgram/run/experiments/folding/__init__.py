"""Questions about folding from files to files: a trained Akita, a genome and sites in, tables, maps and a page out."""
