"""Doing a run again and comparing what came out."""
