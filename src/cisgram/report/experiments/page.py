"""What the pages of all experiments share."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cisgram.io.files import write_text_atomic
from cisgram.report.blocks import Section, mapping_table
from cisgram.report.document import page_html

MOST_PICTURES = 24
"""Pictures of single sequences or motifs on a page; the files hold all."""


def settings_section(settings: Mapping[str, object], *, shown: int, of: int, what: str) -> Section:
    """What was asked, and how many pictures the page leaves out."""
    lead = f"Pictures of the first {shown} of {of} {what}; the files hold all." if shown < of else ""
    return Section("Settings", lead, [mapping_table(settings, names=("setting", "value"))])


def count(n: int, what: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> count(1, "map"), count(2000, "map")
    ('1 map', '2,000 maps')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def signed_interval(low: float, high: float) -> str:
    """A 95 % interval in words; that of a single background does not exist.

    Examples
    --------
    >>> signed_interval(-0.5, 1.25), signed_interval(float("nan"), float("nan"))
    ('95 % interval -0.5 to +1.25', 'a single background, no interval')
    """
    return "a single background, no interval" if low != low else f"95 % interval {low:+.3g} to {high:+.3g}"


def write_page(path: str | os.PathLike[str], sections: Sequence[Section], *, title: str, subtitle: str) -> Path:
    """Write sections as one page, whole or not at all."""
    path = Path(path)
    write_text_atomic(path, page_html(sections, title=title, subtitle=subtitle))
    return path
