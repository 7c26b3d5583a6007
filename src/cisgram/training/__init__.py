"""Fitting, checkpoints and honest evaluation."""
