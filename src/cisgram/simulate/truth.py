"""What ``truth.json`` says about a simulated cell: everything that a method could be asked to find."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

import cisgram
from cisgram.genomics.motif import Motif
from cisgram.simulate.cell_files import TRUTH_FORMAT, TRUTH_VERSION, CellFiles
from cisgram.simulate.footprint import Footprint, FootprintMode
from cisgram.simulate.grammar import Contact, Cooperation, Factor, Grammar, PairProbe, PlantedMotif

BOUND = 0.2
"""Sites bound at least this share of the time are called bound in the counts."""


def describe(
    *,
    settings: Mapping[str, Any],
    grammar: Grammar,
    sizes: Mapping[str, int],
    files: CellFiles,
    instances: pd.DataFrame,
    effects: pd.DataFrame,
) -> dict[str, Any]:
    """Put the truth together as plain values for JSON.

    Parameters
    ----------
    settings
        All settings of the cell, ``seed`` among them.
    grammar, sizes, files
        What was planted, on which contigs, and where the files are.
    instances, effects
        Tables of the sites and of the variants' effects.

    Returns
    -------
    dict
        ``format``, ``version``, ``cisgram`` (version), ``seed``, ``config``, ``contigs`` (lengths), ``split``
        (suggested contigs for training, validation, test), ``motifs`` (name, consensus, PPM as ``4 length``,
        greatest weight, share planted), ``factors`` (name, role, whether assayed, contacts with footprints),
        ``cooperations`` (the rules with their numbers; see :class:`~cisgram.simulate.grammar.Cooperation`),
        ``pairs`` (motifs planted alone together),
        ``files`` (relative paths), ``counts`` (sites by motif and origin), and ``variant_effects``
        (one record per variant).
    """
    return {
        "format": TRUTH_FORMAT,
        "version": TRUTH_VERSION,
        "cisgram": cisgram.__version__,
        "seed": settings["seed"],
        "config": dict(settings),
        "contigs": dict(sizes),
        "split": suggested_split(list(sizes)),
        **describe_grammar(grammar),
        "files": _layout(files),
        "counts": _counts(instances, grammar),
        "variant_effects": effects.to_dict("records"),
    }


def describe_grammar(grammar: Grammar) -> dict[str, Any]:
    """The part of the truth that is the grammar: ``motifs``, ``factors``, ``cooperations``, ``pairs``."""
    return {
        "motifs": [
            {
                "name": motif.name,
                "consensus": motif.motif.consensus(),
                "ppm": motif.motif.ppm.tolist(),
                "max_weight": motif.max_weight,
                "share": motif.share,
            }
            for motif in grammar.motifs
        ],
        "factors": [_factor(factor) for factor in grammar.factors],
        "cooperations": [asdict(rule) for rule in grammar.cooperations],
        "pairs": [asdict(pair) for pair in grammar.pairs],
    }


def grammar_of(truth: Mapping[str, Any]) -> Grammar:
    """The grammar that a truth describes: the inverse of :func:`describe_grammar`.

    Examples
    --------
    >>> from cisgram.simulate.pluripotency import pluripotency_grammar
    >>> grammar_of(describe_grammar(pluripotency_grammar())).cooperations == pluripotency_grammar().cooperations
    True
    """
    motifs = tuple(
        PlantedMotif(Motif(one["name"], np.array(one["ppm"])), max_weight=one["max_weight"], share=one["share"])
        for one in truth["motifs"]
    )
    factors = tuple(
        Factor(one["name"], one["role"], tuple(_contact_of(contact) for contact in one["contacts"]))
        for one in truth["factors"]
    )
    rules = tuple(Cooperation(**rule) for rule in truth["cooperations"])
    return Grammar(motifs, factors, rules, tuple(PairProbe(**pair) for pair in truth["pairs"]))


def _contact_of(values: Mapping[str, Any]) -> Contact:
    """One contact out of plain values."""
    strands = (tuple(FootprintMode(**mode) for mode in values["footprint"][name]) for name in ("sense", "antisense"))
    return Contact(**{**values, "footprint": Footprint(*strands)})


def suggested_split(contigs: Sequence[str]) -> dict[str, list[str]]:
    """Contigs for training, validation and test: the last ones are held out.

    Examples
    --------
    >>> suggested_split(["chr1", "chr2", "chr3", "chr4"])
    {'train': ['chr1', 'chr2'], 'valid': ['chr3'], 'test': ['chr4']}
    """
    n_test = 2 if len(contigs) >= 6 else 1
    n_train = len(contigs) - n_test - 1
    return {
        "train": list(contigs[:n_train]),
        "valid": list(contigs[n_train : n_train + 1]),
        "test": list(contigs[n_train + 1 :]),
    }


def _factor(factor: Factor) -> dict[str, Any]:
    """One factor as plain values."""
    return asdict(factor) | {"is_assayed": factor.is_assayed}


def _layout(files: CellFiles) -> dict[str, Any]:
    """Relative paths of all files, tracks by factor, replicate and strand."""

    def relative(path: object) -> str:
        return path.relative_to(files.folder).as_posix()  # type: ignore[attr-defined]

    plain = ("genome", "chrom_sizes", "motifs", "known_database", "variants", "unmappable")
    truths = ("instances", "instances_bed", "regions", "variant_effects")
    return {
        **{name: relative(getattr(files, name)) for name in plain + truths},
        "tracks": [asdict(track) | {"path": relative(track.path)} for track in files.tracks],
        "controls": [asdict(track) | {"path": relative(track.path)} for track in files.controls],
        "peaks": {factor: relative(path) for factor, path in files.peaks.items()},
    }


def _counts(instances: pd.DataFrame, grammar: Grammar) -> dict[str, Any]:
    """Number of sites by motif: planted, decoys, by chance, and those of each that are bound."""
    counts = {}
    for motif in grammar.motifs:
        is_own = instances["name"].to_numpy() == motif.name
        bound = instances["occupancy"].to_numpy()[is_own] >= BOUND
        origins = instances["origin"].to_numpy()[is_own]
        counts[motif.name] = {
            origin: {"n": int((origins == origin).sum()), "bound": int(((origins == origin) & bound).sum())}
            for origin in ("planted", "decoy", "chance")
        }
    return {"bound_from": BOUND, "by_motif": counts}
