"""The data doctor of a run: what its settings name is opened and asked."""
