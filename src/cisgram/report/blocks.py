"""What a report page is made of: sections with tables, figures and text; the template turns them into HTML."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.report.style import house_style, new_cell, new_figure, png_uri


@dataclass(frozen=True)
class Column:
    """Head of a table column."""

    name: str
    numeric: bool = False
    """Whether its cells are numbers, which stand flush right."""
    hint: str = ""
    """What shows when the pointer rests on it."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table: text, or a picture with the text as its description."""

    text: str
    style: Literal["", "n", "n strong", "yes", "no", "mono", "soft", "whole", "wide"] = ""
    image: str = ""
    """``data:`` address of a picture."""
    width: int = 200
    """Of the picture, in pixels."""
    note: str = ""
    """Text below the picture."""
    link: str = ""
    """Address that the text leads to, relative to the page."""
    varies: bool = False
    """Whether it tells of the clock or the machine: another run with the same results may say something else."""


@dataclass(frozen=True)
class Table:
    """A table block."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    caption: str = ""
    is_folded: bool = False
    """Whether only its title shows until the reader opens it."""
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Picture:
    """A figure block."""

    image: str
    caption: str
    title: str = ""
    width: int = 800
    """On the page, in pixels, where the page is wide enough."""
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Details:
    """Long text behind a line that opens it."""

    title: str
    text: str
    kind: Literal["details"] = "details"


@dataclass(frozen=True)
class Section:
    """A part of the page, and what it adds to the findings at the top."""

    title: str
    lead: str = ""
    blocks: Sequence[Table | Picture | Text | Details] = ()
    findings: Sequence[str] = field(default=())
    """One sentence each, in plain words with numbers."""
    varies: bool = False
    """Whether all of it tells of the clock or the machine, as :attr:`Cell.varies` does of a cell."""

    @property
    def anchor(self) -> str:
        """The section's name inside the page's address."""
        return "-".join(self.title.lower().split())


def picture(draw: Callable[[Figure], Any], *, width: float, height: float, caption: str, title: str = "") -> Picture:
    """Draw a figure of the given size in inches in the house style and make it a block."""
    with house_style():
        figure = new_figure(width, height)
        draw(figure)
        return Picture(png_uri(figure), caption, title, width=round(96 * width))


def picture_cell(draw: Callable[[Axes], Any], *, text: str, width: float, height: float, note: str = "") -> Cell:
    """Draw a small picture of the given size in inches and make it a table cell, with a note below it."""
    with house_style():
        figure, ax = new_cell(width, height)
        draw(ax)
        return Cell(text, image=png_uri(figure), width=round(96 * width), note=note)


def number(value: float | None, digits: int = 3) -> str:
    """A number for people; a dash where there is none.

    Examples
    --------
    >>> number(0.12345), number(12345), number(None), number(-0.0001)
    ('0.123', '12,345', '-', '0.000')
    """
    if value is None or value != value:
        return "-"
    text = f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text


def mapping_table(values: Mapping[str, object], *, names: tuple[str, str]) -> Table:
    """A table of two columns from a mapping."""
    rows = [[Cell(str(key)), Cell(str(value))] for key, value in values.items()]
    return Table([Column(names[0]), Column(names[1])], rows)
