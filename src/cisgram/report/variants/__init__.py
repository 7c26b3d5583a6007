"""Pages of variants: all of them on one, and one for each that stands out."""
