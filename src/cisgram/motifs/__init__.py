"""From arrays to vocabulary; never sees a model."""
