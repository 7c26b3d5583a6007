"""Torch building stones that know nothing of genomes."""
