"""What a deep model must beat; no torch."""
