"""Tables of planted truth against what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cisgram.report.blocks import Cell, Column, Table, number


@dataclass(frozen=True)
class RecoveredTable:
    """Which columns of a table of ``recovery.json`` are shown, under which heads."""

    title: str
    columns: Mapping[str, str]
    """Key to head."""
    caption: str

    def table(self, rows: Sequence[Mapping[str, Any]]) -> Table:
        """The chosen columns of some rows."""
        first = rows[0] if rows else {}
        columns = [
            Column(head, numeric=isinstance(first.get(key), int | float) and not isinstance(first.get(key), bool))
            for key, head in self.columns.items()
        ]
        return Table(columns, [[_cell(row[key]) for key in self.columns] for row in rows], self.title, self.caption)


def _cell(value: Any) -> Cell:
    """A value as a cell."""
    if isinstance(value, bool):
        return Cell("yes" if value else "no", "yes" if value else "no")
    if value is None or isinstance(value, int | float):
        return Cell(number(value), "n")
    return Cell(str(value))
