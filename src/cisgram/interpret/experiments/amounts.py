"""Amounts: what a response is a logarithm of, and how two edits together depart from what each does alone.

Two motifs may be independent in two ways. Their reads may add up (each brings its own), or each may multiply what is
there, so that responses on a log scale add up. The corrected fold measures against the first, the interaction against
the second; neither is right for all purposes, so both are given.
"""

from typing import Any, Literal, TypeAlias

import numpy as np

from cisgram.arrays import AnyValues
from cisgram.errors import InputError

Scale: TypeAlias = Literal["log1p", "log", "linear"]
"""How a response r stands for an amount: ``log1p``: e^r - 1 (log counts -> counts); ``log``: e^r (logit -> odds);
``linear``: r itself."""

_SCALE_OF_SCORE: dict[str, Scale] = {
    "counts": "log1p",
    "local_counts": "log1p",
    "peak_height": "log1p",
    "profile": "log",
    "logit": "log",
    "probability": "linear",
}


def scale_of(score: Any) -> Scale:
    """The scale of a score that comes with the package, by its name; ``linear`` for any other function.

    Examples
    --------
    >>> from cisgram.interpret.scores import log_counts, logit
    >>> scale_of(log_counts(0)), scale_of(logit(0))
    ('log1p', 'log')
    """
    return _SCALE_OF_SCORE.get(getattr(score, "name", ""), "linear")


def amounts_of(responses: AnyValues, scale: Scale) -> AnyValues:
    """The amounts that responses stand for, in float64.

    Examples
    --------
    >>> amounts_of(np.log1p(np.array([3.0])), "log1p").round(6).tolist()
    [3.0]
    """
    values = np.asarray(responses, dtype=np.float64)
    if scale == "log1p":
        return np.expm1(values)
    if scale == "log":
        return np.exp(values)
    if scale != "linear":
        raise InputError(f"scale must be log1p, log or linear; got {scale!r}")
    return values


def corrected_fold(none: AnyValues, a: AnyValues, b: AnyValues, both: AnyValues) -> AnyValues:
    """How many times as much A gives when B is there, after what B itself brings is taken off.

    ``(both - (b - none)) / a`` of amounts: 1 where what A and B bring adds up. NaN where ``a`` is not above 0.

    References
    ----------
    Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax; the in-silico
    experiments of its methods.

    Examples
    --------
    >>> corrected_fold(*(np.array([one]) for one in (1.0, 5.0, 3.0, 12.0))).tolist()
    [2.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(a > 0, (both - (b - none)) / a, np.nan)


def log2_or_nan(values: AnyValues) -> AnyValues:
    """Logarithm to base 2; NaN where it is not defined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log2(values), np.nan)


def interaction(none: AnyValues, a: AnyValues, b: AnyValues, both: AnyValues) -> AnyValues:
    """What A and B together do to a response beyond the sum of what each does alone: ``both - a - b + none``.

    Examples
    --------
    >>> interaction(*(np.array([one]) for one in (0.0, 1.0, 1.0, 3.0))).tolist()
    [1.0]
    """
    return both - a - b + none
