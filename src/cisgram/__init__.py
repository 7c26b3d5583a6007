"""cisgram: learn how DNA encodes regulation, and ask the model why."""

__version__ = "0.1.0"
