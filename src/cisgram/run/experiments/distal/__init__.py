"""Which distal elements promoters use: genes and a model in, elements, arcs and a page out."""
