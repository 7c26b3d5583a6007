"""What units of deeper layers look for: the stretches that activate them most, and the first-layer filters in these.

A filter of the first layer is a pattern of a few bases; a unit above it may ask for two of them at a distance. Its
stretches are aligned by the place where it is active and in no other way, so that whatever it wants at a fixed place
shows as a motif, and the table of filters says which of them are active there and how far apart.

References
----------
The stretches that activate a unit most, aligned and counted, are how DeepBind's and Basset's filters became motifs:
Alipanahi, Delong, Weirauch and Frey (2015), Predicting the sequence specificities of DNA- and RNA-binding proteins by
deep learning, Nature Biotechnology 33; for deeper layers, with whole receptive fields: Zhou and Troyanskaya (2015),
Predicting effects of noncoding variants with deep learning-based sequence model, Nature Methods 12.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram import arrays
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import one_hot
from cisgram.interpret.active_filters import (
    ACTIVE_FILTER_COLUMNS,
    Stretches,
    activity_in_stretches,
    most_active_filters,
    stretches_at,
    whole_sequences,
)
from cisgram.interpret.layer_activity import LayerActivity, layer_activity
from cisgram.interpret.receptive_field import receptive_field
from cisgram.models.basset import Basset
from cisgram.nn.predict import Device, evaluating

UNIT_COLUMNS = (
    "layer",
    "kind",
    "unit",
    "motif",
    "field_bp",
    "n_stretches",
    "sd_activation",
    "top_activation",
    "information_bits",
    "consensus",
)
"""``kind``: ``convolution`` or ``dense``; ``unit``: channel of the layer, from 0; ``motif``: its name, empty for dense
layers and where there are too few stretches; ``field_bp``: what the unit sees; ``sd_activation``: standard deviation
over sequences of its highest activation; ``top_activation``: mean over its stretches; ``information_bits``: sum over
the columns of the motif, less what as many random stretches have; ``consensus``: IUPAC letters."""

UNIT_FILTER_COLUMNS = ("layer", "unit", *ACTIVE_FILTER_COLUMNS)
"""See :data:`cisgram.interpret.active_filters.ACTIVE_FILTER_COLUMNS`."""

_N_FILTERS = 3
_NO_FILTERS = pd.DataFrame(columns=list(UNIT_FILTER_COLUMNS))


class LayerMotifs(NamedTuple):
    """What the units of one layer look for."""

    motifs: tuple[Motif, ...]
    """As long as the receptive field, named ``layer<layer>_unit_<unit>``; none for dense layers."""
    units: pd.DataFrame
    """One row per unit: :data:`UNIT_COLUMNS`."""
    filters: pd.DataFrame
    """Up to three rows per unit, the first-layer filters that mark its stretches: :data:`UNIT_FILTER_COLUMNS`."""


def layer_motifs(
    model: Basset,
    codes: arrays.Codes,
    *,
    layer: int,
    n_stretches: int = 100,
    n_units: int | None = None,
    min_stretches: int = 10,
    batch_size: int = 64,
    device: Device | None = None,
) -> LayerMotifs:
    """Collect the stretches that activate each unit of a layer most, and see what they share.

    Of every sequence the place counts where the unit is most active, the first of several; of all sequences those
    ``n_stretches`` with the highest activation above 0, at most half of them. The stretch is what the unit sees from
    there. Filters of the first layer are compared with the same places of as many sequences that activate the unit
    least. A unit of a dense layer sees whole sequences; its filters are compared with those of all other sequences.

    Where a model reads both strands, the better one counts, and its stretch is read along it; paired units (and paired
    filters of the first layer) of an equivariant model are one, the first half of them.

    Parameters
    ----------
    model
        Left as it was found.
    codes
        Sequences, ``batch length``, as long as the model reads. Bases beyond their ends are N, which counts as a
        quarter of each base.
    layer
        Its number, from 1: convolutions first, then dense layers. At least 2; the first layer has
        :func:`cisgram.interpret.filters.filter_motifs`.
    n_stretches
        Per unit, at most.
    n_units
        So many units with the largest ``sd_activation``; all, if not given.
    min_stretches
        Units with fewer have no motif and no filters.
    batch_size
        Sequences at a time; the result does not depend on it but for rounding.
    device
        Where to compute; where the model is, if not given.

    Returns
    -------
    LayerMotifs
        Rows in the order of units. One of each base is added to the counts of every column. Filters are ordered by how
        much their ``share`` lies above ``share_elsewhere``; those of dense units by AUROC.

    Raises
    ------
    EmptySetError
        Without sequences.
    InputError
        Where there is no such layer, sequences have another length than the model reads, or there is only one.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> model = build(BassetConfig.small(input_length=60), n_tracks=1)
    >>> codes = np.random.default_rng(0).integers(0, 4, (40, 60), dtype=np.uint8)
    >>> layer_motifs(model, codes, layer=2, n_units=3).units["field_bp"].tolist()
    [51, 51, 51]
    """
    if layer < 2:
        raise InputError(f"layer must be at least 2; got {layer}; for the first layer see filter_motifs")
    if n_stretches < 1 or min_stretches < 1 or (n_units is not None and n_units < 1):
        raise InputError(
            f"n_stretches, min_stretches and n_units must be at least 1; got {n_stretches}, {min_stretches}, {n_units}"
        )
    activity = layer_activity(model, codes, layer=layer, batch_size=batch_size, device=device)
    if len(codes) < 2:
        raise InputError("units are compared between sequences: give at least 2; got 1")
    spread = activity.highest.std(0, dtype=np.float64)
    chosen = np.sort(np.argsort(-spread, kind="stable")[:n_units])
    found = []
    with evaluating(model, device):
        for unit in chosen.tolist():
            top = _most_active(activity, unit, n_stretches)
            found.append(_unit(_Asked(model, codes, activity, layer), unit, top, is_enough=len(top) >= min_stretches))
    units = pd.DataFrame([one.row for one in found], columns=list(UNIT_COLUMNS))
    return LayerMotifs(
        tuple(one.motif for one in found if one.motif is not None),
        units.assign(sd_activation=spread[chosen]),
        _joined([one.filters for one in found]),
    )


class _Asked(NamedTuple):
    """A model, its sequences, and what a layer makes of them."""

    model: Basset
    codes: arrays.Codes
    activity: LayerActivity
    layer: int


class _Unit(NamedTuple):
    """What one unit looks for."""

    motif: Motif | None
    row: dict[str, object]
    filters: pd.DataFrame | None


def _joined(tables: list[pd.DataFrame | None]) -> pd.DataFrame:
    """The filters of all units that have some."""
    there = [table for table in tables if table is not None]
    return pd.concat(there, ignore_index=True)[list(UNIT_FILTER_COLUMNS)] if there else _NO_FILTERS.copy()


def _most_active(activity: LayerActivity, unit: int, n: int) -> np.ndarray:
    """Sequences that activate a unit most, the best first."""
    highest = activity.highest[:, unit]
    best = np.argsort(-highest, kind="stable")[: min(n, len(highest) // 2)]
    return best[highest[best] > 0]


def _unit(asked: _Asked, unit: int, top: np.ndarray, *, is_enough: bool) -> _Unit:
    """Motif and filters of one unit from the sequences that activate it most."""
    is_dense = asked.layer > len(asked.model.convolutions)
    motif, filters = None, None
    field_bp = asked.codes.shape[1]
    if not is_dense:
        field_bp = receptive_field(asked.model, convolution=asked.layer - 1).width
    if is_enough and is_dense:
        filters = _filters_of_sequences(asked.activity, top)
    elif is_enough:
        stretches = _stretches(asked, unit, top)
        motif = _motif(f"layer{asked.layer}_unit_{unit}", stretches)
        filters = _filters_of_stretches(asked, unit, stretches)
    highest = asked.activity.highest[top, unit]
    row = {
        "layer": asked.layer,
        "kind": "dense" if is_dense else "convolution",
        "unit": unit,
        "motif": "" if motif is None else motif.name,
        "field_bp": field_bp,
        "n_stretches": len(top),
        "top_activation": float(highest.mean()) if len(top) else 0.0,
        "information_bits": 0.0 if motif is None else _information(motif),
        "consensus": "" if motif is None else motif.consensus(),
    }
    return _Unit(motif, row, None if filters is None else filters.assign(layer=asked.layer, unit=unit))


def _stretches(asked: _Asked, unit: int, rows: np.ndarray) -> Stretches:
    """What a unit sees from where it is most active."""
    field = receptive_field(asked.model, convolution=asked.layer - 1)
    starts = asked.activity.places[rows, unit] * field.stride + field.offset
    is_turned = asked.activity.is_turned[rows, unit]
    return stretches_at(np.asarray(asked.codes[rows]), starts, width=field.width, is_turned=is_turned)


def _motif(name: str, stretches: Stretches) -> Motif:
    """Count the bases of stretches."""
    counts = one_hot(stretches.codes).sum(0, dtype=np.float64) + 0.25 * (stretches.codes == 4).sum(0)
    return Motif.from_counts(name, counts, pseudocount=4.0)


def _information(motif: Motif) -> float:
    """Bits of all columns together, without those that chance gives to few stretches."""
    return max(0.0, float(motif.information_content(correction="approximate").sum()))


def _filters_of_stretches(asked: _Asked, unit: int, stretches: Stretches) -> pd.DataFrame:
    """First-layer filters that are active in a unit's stretches, and not at the same places elsewhere."""
    silent = np.argsort(asked.activity.highest[:, unit], kind="stable")[: len(stretches.codes)]
    others = stretches_at(np.asarray(asked.codes[silent]), stretches.starts, width=stretches.codes.shape[1])
    inside, elsewhere = (activity_in_stretches(asked.model, one) for one in (stretches, others))
    return most_active_filters(inside, elsewhere, asked.activity.first.max(0), n_filters=_N_FILTERS, by="share")


def _filters_of_sequences(activity: LayerActivity, top: np.ndarray) -> pd.DataFrame:
    """First-layer filters that are more active in a unit's sequences than in all others."""
    is_top = np.isin(np.arange(len(activity.first)), top)
    inside, elsewhere = (whole_sequences(activity.first[which]) for which in (is_top, ~is_top))
    return most_active_filters(inside, elsewhere, activity.first.max(0), n_filters=_N_FILTERS, by="auroc")
