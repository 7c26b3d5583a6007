"""Pairs of sequences in place of a genome: constructs of reporter assays that differ in some bases."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.allele_alignment import Change
from cisgram.genomics.sequence import N as UNKNOWN
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import Variant
from cisgram.genomics.variant_table import FAILED, OK, TOO_LONG, is_letters
from cisgram.interpret.experiments.responses import Progress
from cisgram.interpret.variants.config import AS_USUAL, VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.prediction import side_by_side
from cisgram.interpret.variants.score_table import SCORE_KEY_COLUMNS, compared
from cisgram.interpret.variants.scores import GENE_SCORES, scored, scores_of
from cisgram.interpret.variants.windows import Place, PlacedAlleles

PAIR_COLUMNS = ("name", "ref_sequence", "alt_sequence")
"""What a table of pairs has; further columns are left alone."""

_AT_ONCE = 64


class _Pair(NamedTuple):
    """A pair that is read."""

    row: int
    ref: str
    change: Change
    """In bp of the REF sequence."""


def score_pairs(
    model: VariantModel,
    pairs: pd.DataFrame,
    *,
    config: VariantConfig = AS_USUAL,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score what distinguishes the second sequence of each pair from the first.

    The first sequence stands in the middle of the model's window, with N on either side; the second has its left end
    at the same place, and shorter or longer ends are made up with N or cut. Sequences may be as long as the window.

    Parameters
    ----------
    model
        To ask.
    pairs
        :data:`PAIR_COLUMNS`.
    config
        Scores, tracks, strands, shifts; what is about windows of the genome does not count.
    progress
        Told about pairs done and to do.

    Returns
    -------
    pandas.DataFrame
        As of :func:`cisgram.interpret.variants.score_table.score_variants`, a row for every pair and track, with ``.``
        for the contig, and for position and alleles the stretch that differs, counted in the first sequence.

    Raises
    ------
    InputError
        Where a column is missing, or there are no pairs.
    """
    if missing := [name for name in PAIR_COLUMNS if name not in pairs]:
        raise InputError(f"pairs of sequences have the columns {', '.join(PAIR_COLUMNS)}; they lack {missing}")
    if pairs.empty:
        raise InputError("there are no pairs of sequences")
    longest = model.input_length
    columns = (pairs[name].astype(str).str.upper().tolist() for name in PAIR_COLUMNS[1:])
    statuses, found = [], []
    keys = []
    for row, (name, ref, alt) in enumerate(zip(pairs["name"].astype(str), *columns, strict=True)):
        status = _status(ref, alt, longest)
        told = Variant(".", 0, ref, alt) if status == OK else None
        change = Change.of(told, window_start=0) if told is not None else Change(0, 0, "")
        lost = ref[change.start : change.start + change.n_removed]
        keys.append((row, ".", change.start + 1, lost or "-", change.added or "-", name))
        statuses.append(status)
        if status == OK:
            found.append(_Pair(row, ref, change))
    return _table(model, keys, statuses, found, config, progress)


def _status(ref: str, alt: str, longest: int) -> str:
    """What can be said of a pair before it is read."""
    if not is_letters(ref) or not is_letters(alt):
        return f"{FAILED}a sequence has other letters than A, C, G, T, N, or none"
    if ref == alt:
        return f"{FAILED}both sequences are the same"
    return TOO_LONG if max(len(ref), len(alt)) > longest else OK


def _table(
    model: VariantModel,
    keys: list[tuple[object, ...]],
    statuses: list[str],
    pairs: list[_Pair],
    config: VariantConfig,
    progress: Progress | None,
) -> pd.DataFrame:
    """Scores of all pairs."""
    scores = [score for score in scores_of(config.scores, model.name) if score.name not in GENE_SCORES]
    tracks = config.tracks_of(model)
    values = {score.name: np.full((len(keys), len(tracks)), np.nan) for score in scores}
    pairs = sorted(pairs, key=lambda pair: (pair.ref, pair.row))  # pairs with the same REF share its window
    done = 0
    for part in (pairs[start : start + _AT_ONCE] for start in range(0, len(pairs), _AT_ONCE)):
        placed = _placed(part, model, config)
        both = model.alternatives(
            placed.references, placed.alternatives, placed.window_of, asking=config.asking_of(tracks)
        )
        logits = both.references.logits[placed.window_of], both.alternatives.logits
        alleles = compared(side_by_side(both, placed, model), logits, placed.changes, model.geometry, config.region_bp)
        for score in scores:
            values[score.name][[pair.row for pair in part]] = scored(score, alleles)
        done += len(part)
        if progress is not None:
            progress(done, len(pairs))
    rows = [(*key, status) for key, status in zip(keys, statuses, strict=True)]
    names = [model.track_names[number] for number in tracks]
    table = pd.DataFrame([(*row, track) for row in rows for track in names], columns=list(SCORE_KEY_COLUMNS))
    return table.assign(**{name: one.reshape(-1) for name, one in values.items()})


def _placed(part: list[_Pair], model: VariantModel, config: VariantConfig) -> PlacedAlleles:
    """Windows with the sequences in their middle."""
    margin, length = config.asking_of(()).margin_bp, model.input_length
    wide = length + 2 * margin
    sequences = tuple(dict.fromkeys(pair.ref for pair in part))
    number = {sequence: at for at, sequence in enumerate(sequences)}
    starts = [(length - len(sequence)) // 2 for sequence in sequences]
    references = np.stack([_in_window(one, start + margin, wide) for one, start in zip(sequences, starts, strict=True)])
    window_of = np.array([number[pair.ref] for pair in part], dtype=np.int64)
    alternatives, changes = [], []
    for pair, at in zip(part, window_of.tolist(), strict=True):
        end = pair.change.start + pair.change.n_removed
        alt = pair.ref[: pair.change.start] + pair.change.added + pair.ref[end:]
        alternatives.append(_in_window(alt, starts[at] + margin, wide))
        changes.append(Change(pair.change.start + starts[at], pair.change.n_removed, pair.change.added))
    places = tuple(Place(".", -start) for start in starts)
    return PlacedAlleles(places, references, np.stack(alternatives), window_of, tuple(changes))


def _in_window(letters: str, start: int, length_bp: int) -> np.ndarray:
    """Codes with N around; what reaches beyond the right end is cut."""
    codes = np.full(length_bp, UNKNOWN, dtype=np.uint8)
    own = encode(letters)[: length_bp - start]
    codes[start : start + len(own)] = own
    return codes
