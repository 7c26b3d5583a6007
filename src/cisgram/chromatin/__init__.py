"""Chromatin states: marks in bins, the hidden Markov model behind them, and what its states mean."""
