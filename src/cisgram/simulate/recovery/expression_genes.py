"""Whether a model knows which genes are on in which cells, beside what the promoter alone, or enhancers alone, say."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import GeneTracks
from cisgram.errors import EmptySetError, InputError
from cisgram.nn.metrics import pearson

GENE_FLOORS = ("own promoter", "activity x distance")
"""True transcription as far as it comes from the promoter's own sites, all that can be read off the promoter without
error; and true activity of all enhancers within 25 kb over their distance, as in the activity-by-contact model."""

GENE_RECOVERY_COLUMNS = ("method", "n_genes", "across_genes", "across_cells")
"""Columns of :func:`gene_recovery`: number of genes, Pearson correlation with the logarithms of true rates across
genes (mean over cell types), and of what is left of them when the mean of every gene is taken out: which cells have
more of it."""

_PSEUDO = 0.02
_PROMOTER_BP = 1_000.0
_FEWEST = 3


def gene_recovery(true: GeneTracks, by_method: Mapping[str, GeneTracks]) -> pd.DataFrame:
    """Compare signal at genes with true rates of transcription, ``gene cell``.

    Of all of them, ``ln(x / mean + 0.02)`` is compared, with the mean over all genes and cells, so that units do not
    matter and genes that are off do not decide.

    Parameters
    ----------
    true
        Rates.
    by_method
        The same genes and cells, predicted, measured, or said by a floor; in any unit, 0 or more.

    Returns
    -------
    pandas.DataFrame
        :data:`GENE_RECOVERY_COLUMNS`, one row per method.

    Raises
    ------
    EmptySetError
        Where there are fewer than three genes.
    InputError
        Where a number is negative or not finite.

    Examples
    --------
    >>> true = np.array([[4.0, 1.0], [2.0, 2.0], [1.0, 4.0]])
    >>> gene_recovery(true, {"model": 10 * true, "mean": np.ones((3, 2))})["across_cells"].round(3).tolist()
    [1.0, nan]
    """
    if len(true) < _FEWEST:
        raise EmptySetError("genes whose transcription can be compared", dropped={"fewer than three": len(true)})
    expected = _relative(true, "true rates")
    rows = []
    for name, values in by_method.items():
        found = _relative(values, name)
        columns = [_r(expected[:, cell], found[:, cell]) for cell in range(true.shape[1])]
        differences = (one - one.mean(axis=1, keepdims=True) for one in (expected, found))
        across = _r(*(one.ravel() for one in differences))
        known = [one for one in columns if not np.isnan(one)]
        rows.append((name, len(true), float(np.mean(known)) if known else float("nan"), across))
    return pd.DataFrame(rows, columns=list(GENE_RECOVERY_COLUMNS))


def gene_floors(promoters: pd.DataFrame, links: pd.DataFrame, cells: Sequence[str]) -> dict[str, GeneTracks]:
    """What :data:`GENE_FLOORS` say of genes, ``gene cell``.

    Parameters
    ----------
    promoters
        One row per gene, with :data:`cisgram.simulate.expression_truth.PROMOTER_COLUMNS` and what follows them.
    links
        With :data:`cisgram.simulate.expression_truth.LINK_COLUMNS` and what follows them.
    cells
        Names of the cell types.

    Examples
    --------
    >>> promoters = pd.DataFrame({"gene": ["g"], "rate_a": [2.0], "proximal_a": [0.25]})
    >>> links = pd.DataFrame({"gene": ["g", "g"], "distance": [-5_000, 200], "activity_a": [3.0, 1.0]})
    >>> {name: values.round(4).tolist() for name, values in gene_floors(promoters, links, ["a"]).items()}
    {'own promoter': [[0.5]], 'activity x distance': [[0.0016]]}
    """
    own = [promoters[f"rate_{cell}"] * promoters[f"proximal_{cell}"] for cell in cells]
    near = 1 / links["distance"].abs().clip(lower=_PROMOTER_BP)
    heard = [(links[f"activity_{cell}"] * near).groupby(links["gene"]).sum() for cell in cells]
    reached = [one.reindex(promoters["gene"]).fillna(0.0) for one in heard]
    both = (np.stack([one.to_numpy(np.float64) for one in side], axis=1) for side in (own, reached))
    return dict(zip(GENE_FLOORS, both, strict=True))


def _relative(values: GeneTracks, name: str) -> np.ndarray:
    """ln(x / mean + 0.02)."""
    if not np.isfinite(values).all() or values.min(initial=0) < 0:
        raise InputError(f"{name} must be 0 or more; some are negative, NaN or infinite")
    return np.log(values / max(float(values.mean()), 1e-12) + _PSEUDO)


def _r(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's r; NaN where either side does not vary."""
    if np.ptp(one) < 1e-9 or np.ptp(other) < 1e-9:
        return float("nan")
    return pearson(one, other)
