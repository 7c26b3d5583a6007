"""Contact maps as cooler's files: one resolution (.cool) or several (.mcool), read and written."""

from cisgram.io.cool.reading import CoolFile, cool_resolutions, open_cool
from cisgram.io.cool.writing import write_cool, write_mcool, write_weights

__all__ = ["CoolFile", "cool_resolutions", "open_cool", "write_cool", "write_mcool", "write_weights"]
