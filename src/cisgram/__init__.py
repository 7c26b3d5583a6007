"""cisgram: learn how DNA encodes regulation, and ask the model why."""

from cisgram.kernel_cache import ensure_kernel_cache

__version__ = "0.1.0"

ensure_kernel_cache()
