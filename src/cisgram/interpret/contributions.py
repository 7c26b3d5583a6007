"""Contributions: how much every base of a sequence adds to a score of a model.

Three attribution methods answer with the same arrays: DeepLIFT against dinucleotide-shuffled references
(the default), in-silico saturation mutagenesis, and the gradient. What DeepLIFT promises, that the
contributions of a sequence add up to the difference of its score to those of its references, is checked
for every sequence: a model with an activation that DeepLIFT cannot see breaks it, silently.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.arrays import BaseValues, Codes, PerSequence
from cisgram.errors import ConfigError, InputError
from cisgram.interpret.completeness import CompletenessCheck
from cisgram.interpret.deeplift import Engine, Multipliers, multipliers_of
from cisgram.interpret.ism import mutagenesis_effects
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.references import shuffled_references
from cisgram.interpret.scores import ScoreFunction, anchored
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating
from cisgram.nn.tensors import OneHot, PairedReferences

Method: TypeAlias = Literal["deeplift", "ism", "gradient"]

_ROUNDING = 1e-3
"""A difference of scores below this share of the score itself is not told from float32 rounding."""


@dataclass(frozen=True)
class AttributionConfig:
    """How contributions are computed."""

    method: Method = "deeplift"
    """``deeplift``, ``ism`` (saturation mutagenesis: slow, no references) or ``gradient`` (fast, local)."""
    n_references: int = 20
    """Dinucleotide-shuffled references per sequence (deeplift)."""
    batch_size: int = 0
    """Sequences that go through the model at a time, references or mutants included; 0: 40, or 400 on a GPU."""
    seed: int = 0
    """Seed of the shuffles."""
    engine: Engine = "auto"
    """Which implementation of DeepLIFT; see :mod:`cisgram.interpret.deeplift`."""
    tolerance: float = 0.01
    """A relative completeness error above this is warned about (deeplift)."""
    max_median_error: float = 0.05
    """A median relative completeness error above this stops the work (deeplift)."""

    def __post_init__(self) -> None:
        if self.method not in ("deeplift", "ism", "gradient"):
            raise ConfigError(f"method must be deeplift, ism or gradient; got {self.method!r}")
        if self.n_references < 1 or self.batch_size < 0:
            raise ConfigError(
                f"n_references must be at least 1 and batch_size not negative; got {self.n_references} and "
                f"{self.batch_size}"
            )


class Attribution(NamedTuple):
    """What every base of some sequences adds to a score; all arrays have one row per sequence."""

    hypothetical: BaseValues
    """What each of the four bases would add at a position, ``batch 4 length``, in units of the score."""
    contributions: BaseValues
    """The same for the base that is there, zero for the other three; all zero at N."""
    score: PerSequence
    """The model's score of the sequence."""
    difference: PerSequence
    """Score minus the mean score of the references; NaN where the method has none."""
    completeness_error: PerSequence
    """Absolute difference between the sum of contributions and ``difference``; NaN where the method has none."""
    relative_error: PerSequence
    """The same, divided by the mean absolute difference of scores to the single references, which unlike
    ``difference`` does not cancel out; at least a thousandth of the score is taken, for the sake of rounding."""


def attribute(
    model: nn.Module,
    codes: Codes,
    *,
    score: ScoreFunction,
    config: AttributionConfig = AttributionConfig(),
    device: Device | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Compute the contributions of every base to a score.

    Parameters
    ----------
    model
        Called as ``model(one_hot)``, that is, without control reads. It is left as found: mode, device,
        hooks, gradients. Its weights are float32 or float64; mixed precision and TF32 are off meanwhile.
    codes
        Sequences of one length, ``batch length``.
    score
        A function ``output -> (batch,)`` such as :func:`cisgram.interpret.scores.weighted_profile`.
    config
        Method and settings.
    device
        Where to compute; where the model is, if not given.
    progress
        Called with the number of sequences done and to do.

    Returns
    -------
    Attribution
        ``hypothetical`` is, at a position: for DeepLIFT, the mean over references r of
        ``sum_c m_c (1[c = base] - r_c)`` with the multipliers m; for mutagenesis, the score with that base
        minus the mean over the four; for the gradient, its value minus the mean over the four.

    Raises
    ------
    InputError
        Where there are no sequences, weights are of low precision, scores are not finite, or the sums of
        contributions miss the differences of scores by so much that the model must have an activation that
        DeepLIFT cannot see.

    Warns
    -----
    CisgramWarning
        Where the sums of single sequences are off.

    References
    ----------
    Shrikumar et al. (2017), DeepLIFT; Lundberg and Lee (2017), the mean over references; Majdandzic et al.
    (2023), Correcting gradient-based interpretations of deep neural networks for genomics.
    """
    blocks = iterate_attributions(model, codes, scores=[score], config=config, device=device, progress=progress)
    return Attribution(*(np.concatenate(values) for values in zip(*(block[0] for block in blocks), strict=True)))


def iterate_attributions(
    model: nn.Module,
    codes: Codes,
    *,
    scores: Sequence[ScoreFunction],
    config: AttributionConfig = AttributionConfig(),
    device: Device | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[list[Attribution]]:
    """Compute contributions to several scores, a few sequences at a time, for results that exceed memory.

    Parameters are those of :func:`attribute`. Several scores share the way forward through the model. What a
    sequence gets does not depend on the others, but for float32 rounding.

    Yields
    ------
    list of Attribution
        One per score, for the next sequences, in their order. Warnings come after the last ones, the error of
        a model that DeepLIFT cannot see with the first.
    """
    if len(codes) == 0 or not scores:
        raise InputError(f"attribution needs sequences and scores; got {len(codes)} sequences and {len(scores)} scores")
    check = completeness_check(config)
    n_done = 0
    for results in attribute_rows(model, codes, scores=scores, config=config, device=device):
        check.add([result.relative_error for result in results], first_row=n_done)
        yield results
        n_done += len(results[0].score)
        if progress is not None:
            progress(n_done, len(codes))
    check.warn()


def completeness_check(config: AttributionConfig) -> CompletenessCheck:
    """The check that goes with the settings, to which nothing was shown yet."""
    return CompletenessCheck(tolerance=config.tolerance, max_median_error=config.max_median_error)


def sequences_at_once(config: AttributionConfig, place: torch.device) -> int:
    """How many sequences go through a model together, with their references or mutants.

    Parameters
    ----------
    config
        Method, references, batch size.
    place
        Where the model is.

    Examples
    --------
    >>> sequences_at_once(AttributionConfig(n_references=10), torch.device("cpu"))
    4
    """
    batch_size = _batch_size(config, place)
    n_at_a_time = {"deeplift": batch_size // config.n_references, "ism": 1, "gradient": batch_size}
    return max(1, n_at_a_time[config.method])


def _batch_size(config: AttributionConfig, place: torch.device) -> int:
    return config.batch_size or (40 if place.type == "cpu" else 400)


def attribute_rows(
    model: nn.Module,
    codes: Codes,
    *,
    scores: Sequence[ScoreFunction],
    config: AttributionConfig = AttributionConfig(),
    device: Device | None = None,
    first_row: int = 0,
) -> Iterator[list[Attribution]]:
    """The work of :func:`iterate_attributions` without the look at what it found: for some rows of many.

    Parameters
    ----------
    model, codes, scores, config, device
        As there. The blocks are the same where ``codes`` begin at a multiple of :func:`sequences_at_once`.
    first_row
        Number of the first sequence, for errors.

    Yields
    ------
    list of Attribution
        One per score; whether the sums are complete is for the caller to check (:func:`completeness_check`).
    """
    place, dtype = place_and_type(model, device)
    batch_size, step = _batch_size(config, place), sequences_at_once(config, place)
    for start in range(0, len(codes), step):
        rows = np.array(codes[start : start + step])  # a copy: memory maps are read-only
        with evaluating(model, device), full_precision(place):
            examples = one_hot(torch.from_numpy(rows).to(place)).to(dtype)
            if config.method == "deeplift":
                results = _deeplift(model, rows, examples, scores=scores, config=config, batch_size=batch_size)
            elif config.method == "ism":
                results = _ism(model, examples, scores=scores, batch_size=batch_size)
            else:
                results = _gradient(model, examples, scores=scores)
        _require_finite(results, first_row=first_row + start)
        yield results


def _deeplift(
    model: nn.Module,
    codes: Codes,
    examples: OneHot,
    *,
    scores: Sequence[ScoreFunction],
    config: AttributionConfig,
    batch_size: int,
) -> list[Attribution]:
    """DeepLIFT, the mean over references."""
    shuffled = shuffled_references(codes, n_references=config.n_references, seed=config.seed)
    references = one_hot(torch.from_numpy(shuffled).flatten(0, 1).to(examples.device)).to(examples.dtype)
    references = references.unflatten(0, shuffled.shape[:2])
    # Where the references of a single sequence exceed a batch they are taken in parts; every part has the example.
    parts = [
        multipliers_of(model, examples, part, scores=scores, engine=config.engine)
        for part in references.split(max(batch_size // len(examples), 1), dim=1)
    ]
    results = []
    for of_score in zip(*parts, strict=True):
        together = Multipliers(
            torch.cat([part.multipliers for part in of_score], dim=1),
            of_score[0].example_scores,
            torch.cat([part.reference_scores for part in of_score], dim=1),
        )
        results.append(_averaged(together, examples, references))
    return results


def _averaged(paired: Multipliers, examples: OneHot, references: PairedReferences) -> Attribution:
    """Contributions from multipliers, with the completeness of their sum."""
    expected = (paired.multipliers * references).sum(dim=2)
    hypothetical = paired.multipliers.mean(dim=1) - expected.mean(dim=1)[:, None]
    differences = paired.example_scores[:, None] - paired.reference_scores
    contributions = hypothetical * examples
    error = (contributions.sum(dim=(1, 2), dtype=torch.float64) - differences.mean(dim=1)).abs()
    spread = torch.maximum(differences.abs().mean(dim=1), _ROUNDING * paired.example_scores.abs())
    relative = torch.where(error == 0, 0, error / spread)
    return _as_arrays(hypothetical, contributions, paired.example_scores, differences.mean(dim=1), error, relative)


def _ism(model: nn.Module, examples: OneHot, *, scores: Sequence[ScoreFunction], batch_size: int) -> list[Attribution]:
    """Saturation mutagenesis: effects of all substitutions, minus their mean at a position."""
    effects = mutagenesis_effects(model, examples, scores=scores, batch_size=batch_size)
    return [_without_references(effect.effects, examples, effect.example_scores) for effect in effects]


def _gradient(model: nn.Module, examples: OneHot, *, scores: Sequence[ScoreFunction]) -> list[Attribution]:
    """Gradients of the scores, minus their mean at a position."""
    inputs = examples.detach().requires_grad_()
    results = []
    with torch.enable_grad():
        output = model(inputs)
        for number, score in enumerate(scores, start=1):
            values = anchored(score, output)(output, 1)
            (gradient,) = torch.autograd.grad(values.sum(), inputs, retain_graph=number < len(scores))
            results.append(_without_references(gradient, examples, values.detach()))
    return results


def _without_references(values: Tensor, examples: OneHot, scores: Tensor) -> Attribution:
    """An attribution by a method that compares with no reference and promises no sum."""
    hypothetical = values - values.mean(dim=1, keepdim=True)
    nothing = torch.full_like(scores, torch.nan)
    return _as_arrays(hypothetical, hypothetical * examples, scores, nothing, nothing, nothing)


def _as_arrays(*tensors: Tensor) -> Attribution:
    """The fields of an attribution as float32 arrays."""
    return Attribution(*(tensor.detach().to("cpu", torch.float32).numpy() for tensor in tensors))


def _require_finite(results: Sequence[Attribution], *, first_row: int) -> None:
    """Refuse the answers of a model that has gone astray."""
    for result in results:
        wrong = ~np.isfinite(result.score) | ~np.isfinite(result.hypothetical).all(axis=(1, 2))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError(
                f"contributions of {int(wrong.sum())} of {len(wrong)} sequences are not finite (row {first_row + row}: "
                f"score {result.score[row]}): the model's weights or outputs are; train it again"
            )
