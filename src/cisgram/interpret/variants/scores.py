r"""Scores of variants: what differs between the predictions of two alleles, one number per track; ALT minus REF.

.. math::
    \mathrm{diff\_sum} = \sum_i (a_i - r_i) \qquad
    \mathrm{diff\_log2\_sum} = \sum_i \log_2 (a_i + 1) - \sum_i \log_2 (r_i + 1) \qquad
    \mathrm{l2\_diff} = \sqrt{\sum_i (a_i - r_i)^2}

over the positions *i* that both alleles have; those of the alternative allele stand in the places of the reference.

References
----------
Kelley et al. (2018), Sequential regulatory activity prediction across chromosomes with convolutional neural networks,
Genome Research 28, and the programs ``basenji_sad.py`` and ``basenji_sed.py``; Kelley, Snoek and Rinn (2016), Basset,
``basset_sad.py``; Fudenberg, Kelley and Pollard (2020), Akita, ``akita_scd.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cisgram.arrays import ScoresPerAllele
from cisgram.errors import ConfigError, InputError
from cisgram.interpret.variants import formulas
from cisgram.interpret.variants.formulas import ComparedAlleles

_BINNED = ("bpnet", "basenji")
_BY_POSITION = (*_BINNED, "akita")
_SUMMED = ("basset", *_BINNED)


@dataclass(frozen=True)
class VariantScore:
    """One way to say how much two alleles differ.

    Parameters
    ----------
    name
        As in tables.
    unit
        For people; ``value`` is the unit of the model's predictions.
    definition
        For a table's legend.
    models
        Architectures that it fits.
    kind
        ``signed``: ALT minus REF, above 0 where ALT has more; ``size``: how much they differ, 0 or more; ``level``:
        what one allele has.
    compute
        ``compared alleles -> variant track``; None of scores of genes, which are computed apart.
    """

    name: str
    unit: str
    definition: str
    models: tuple[str, ...]
    kind: Literal["signed", "size", "level"]
    compute: Callable[[ComparedAlleles], np.ndarray] | None

    @property
    def is_signed(self) -> bool:
        """Whether its sign says which allele has more."""
        return self.kind == "signed"


_SUM, _OVER = "sum over positions of", "over positions of"
_AT_START = "over the bins of a gene's start of transcription"
_SCORES = (
    VariantScore("diff_sum", "value", f"{_SUM} ALT - REF", _SUMMED, "signed", formulas.diff_sum),
    VariantScore("diff_mean", "value", f"mean {_OVER} ALT - REF", _BY_POSITION, "signed", formulas.diff_mean),
    VariantScore(
        "diff_log2_sum",
        "log2(value + 1)",
        f"{_SUM} log2(ALT + 1) - log2(REF + 1)",
        _BINNED,
        "signed",
        formulas.diff_log2_sum,
    ),
    VariantScore(
        "diff_sqrt_sum",
        "square root of value",
        f"{_SUM} sqrt(ALT) - sqrt(REF)",
        _BINNED,
        "signed",
        formulas.diff_sqrt_sum,
    ),
    VariantScore(
        "log2_ratio", "log2", "log2 of (sum of ALT + 1) / (sum of REF + 1)", _BINNED, "signed", formulas.log2_ratio
    ),
    VariantScore(
        "diff_logit", "logit", "ALT - REF of the logit behind the value", ("basset",), "signed", formulas.diff_logit
    ),
    VariantScore("max_abs", "value", "largest |ALT - REF| of a position", _BY_POSITION, "size", formulas.max_abs),
    VariantScore(
        "extreme_diff",
        "value",
        "ALT - REF at the position where they differ most",
        _BY_POSITION,
        "signed",
        formulas.extreme_diff,
    ),
    VariantScore("l1_diff", "value", f"{_SUM} |ALT - REF|", _BY_POSITION, "size", formulas.l1_diff),
    VariantScore(
        "l2_diff", "value", f"square root of the {_SUM} (ALT - REF)^2", _BY_POSITION, "size", formulas.l2_diff
    ),
    VariantScore(
        "root_mean_square",
        "value",
        f"square root of the mean {_OVER} (ALT - REF)^2",
        _BY_POSITION,
        "size",
        formulas.root_mean_square,
    ),
    VariantScore(
        "jsd",
        "bits",
        "Jensen-Shannon divergence of the two profiles, the 25th percentile of REF's being added to both",
        _BINNED,
        "size",
        formulas.jsd,
    ),
    VariantScore(
        "insulation_change",
        "ln(observed/expected)",
        "ALT - REF of the mean contacts across the variant's bin, up to 8 bins to either side",
        ("akita",),
        "signed",
        formulas.insulation_change,
    ),
    VariantScore("ref_sum", "value", f"{_SUM} REF", _SUMMED, "level", formulas.ref_sum),
    VariantScore("alt_sum", "value", f"{_SUM} ALT", _SUMMED, "level", formulas.alt_sum),
    VariantScore("gene_diff_sum", "value", f"ALT - REF, summed {_AT_START}", _BINNED, "signed", None),
    VariantScore(
        "gene_log2_ratio", "log2", f"log2 of (ALT + 1) / (REF + 1), of sums {_AT_START}", _BINNED, "signed", None
    ),
)

VARIANT_SCORES: dict[str, VariantScore] = {score.name: score for score in _SCORES}
"""Every score by name. Those whose name begins with ``gene_`` need genes, and are of each gene near a variant."""

SCORE_ALIASES: dict[str, str] = {
    "SAD": "diff_sum",
    "logSAD": "diff_log2_sum",
    "sqrtSAD": "diff_sqrt_sum",
    "SAX": "max_abs",
    "D1": "l1_diff",
    "D2": "l2_diff",
    "JS": "jsd",
    "REF": "ref_sum",
    "ALT": "alt_sum",
    "SED": "gene_diff_sum",
    "SEDR": "gene_log2_ratio",
    "SCD": "l2_diff",
}
"""What scores are called in the programs of the papers."""

DEFAULT_SCORES: dict[str, tuple[str, ...]] = {
    "basset": ("diff_sum", "diff_logit", "ref_sum", "alt_sum"),
    "bpnet": ("log2_ratio", "jsd", "diff_sum", "max_abs", "l2_diff", "ref_sum", "alt_sum"),
    "basenji": ("diff_sum", "diff_log2_sum", "log2_ratio", "max_abs", "l2_diff", "jsd", "ref_sum", "alt_sum"),
    "akita": ("root_mean_square", "l2_diff", "diff_mean", "max_abs", "insulation_change"),
}
"""What is asked of each architecture unless scores are named; the first is the one to sort by."""

GENE_SCORES = ("gene_diff_sum", "gene_log2_ratio")
"""Scores of each gene near a variant."""


def scores_of(names: tuple[str, ...], model: str) -> tuple[VariantScore, ...]:
    """Scores by their names or aliases; those of :data:`DEFAULT_SCORES` if none is named.

    Raises
    ------
    ConfigError
        Where a name is not known, comes twice, or does not fit the model.

    Examples
    --------
    >>> [score.name for score in scores_of(("SAD", "D2"), "basenji")]
    ['diff_sum', 'l2_diff']
    """
    chosen = [SCORE_ALIASES.get(name, name) for name in names or DEFAULT_SCORES[model]]
    fitting = [score.name for score in _SCORES if model in score.models]
    if wrong := [name for name in chosen if name not in fitting]:
        raise ConfigError(f"a {model} has the scores {', '.join(fitting)}; got {', '.join(wrong)}")
    if len(set(chosen)) < len(chosen):
        raise ConfigError(f"name every score once; got {', '.join(names)}")
    return tuple(VARIANT_SCORES[name] for name in chosen)


def scored(score: VariantScore, alleles: ComparedAlleles) -> ScoresPerAllele:
    """Values of one score, ``variant track``; NaN where no position has both predictions.

    Raises
    ------
    InputError
        Where it is a score of genes.
    """
    if score.compute is None:
        raise InputError(f"{score.name} is a score of genes; ask for it with genes")
    values = score.compute(alleles).astype(np.float64)
    return np.where(np.isfinite(alleles.reference).any(axis=-1), values, np.nan)
