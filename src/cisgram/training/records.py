"""A metric as it stands in ``metrics.json``: never without what the experiment reaches and what needs no model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pandas as pd

from cisgram.training.ceiling import Ceiling

Better: TypeAlias = Literal["lower", "higher"]


@dataclass(frozen=True)
class Metric:
    """One figure of one track, with its ceiling and floors; a value is None where it is not defined."""

    metric: str
    """Short name."""
    definition: str
    """How it is measured, in words; the same for all tracks and bins."""
    track: str
    """Name of the track."""
    split: str
    """Which windows: ``train``, ``valid`` or ``test``."""
    bin_bp: int | None
    """Width of bins; None for totals."""
    unit: str
    """Unit of the value; empty for a pure number."""
    better: Better
    """Whether lower or higher is better."""
    value: float | None
    """The figure of the model."""
    interval: tuple[float, float] | None
    """95 % confidence interval from resampled blocks of the genome."""
    ceiling: Ceiling | None
    """What replicates reach."""
    floors: Mapping[str, float | None]
    """What needs no model, by name."""
    n_windows: int
    """Windows behind the figure."""
    n_left_out: Mapping[str, int]
    """Windows left out, by reason; reasons that met no window are not named."""

    def record(self) -> dict[str, Any]:
        """The metric as JSON holds it."""
        limit = self.ceiling
        return {
            "metric": self.metric,
            "definition": self.definition,
            "track": self.track,
            "split": self.split,
            "bin_bp": self.bin_bp,
            "unit": self.unit,
            "better": self.better,
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "ceiling": None
            if limit is None
            else {
                "value": limit.value,
                "kind": limit.kind,
                "between_single_replicates": limit.between_single_replicates,
                "n_windows": limit.n_windows,
            },
            "floors": dict(self.floors),
            "n_windows": self.n_windows,
            "n_left_out": dict(self.n_left_out),
        }


def metric_table(metrics: Iterable[Metric]) -> pd.DataFrame:
    """The metrics, one a row: what they are, value, interval, ceiling and the best floor.

    Returns
    -------
    pandas.DataFrame
        Columns track, metric, bin_bp, split, value, low, high, ceiling, ceiling_kind, best_floor,
        best_floor_name, n_windows; a missing number is NaN.
    """
    return pd.DataFrame([_row(metric) for metric in metrics], columns=_COLUMNS)


_COLUMNS = [
    "track",
    "metric",
    "bin_bp",
    "split",
    "value",
    "low",
    "high",
    "ceiling",
    "ceiling_kind",
    "best_floor",
    "best_floor_name",
    "n_windows",
]


def _row(metric: Metric) -> dict[str, Any]:
    """One row of the table."""
    low, high = metric.interval or (None, None)
    known = [(value, name) for name, value in metric.floors.items() if value is not None]
    floor, floor_name = (min if metric.better == "lower" else max)(known, default=(None, ""))
    limit = metric.ceiling
    row = [metric.track, metric.metric, metric.bin_bp, metric.split, metric.value, low, high]
    row += [limit and limit.value, limit.kind if limit else "", floor, floor_name, metric.n_windows]
    return dict(zip(_COLUMNS, row, strict=True))
