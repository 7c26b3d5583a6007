"""Support vector machines on gapped k-mers: exact, and for sets too large for a kernel matrix."""
