"""Layers: which dilated layers of a BPNet hold the grammar? Each is skipped, and what remains is measured.

A layer of the tower adds something to what comes in. Skipped, it adds nothing: the sum passes on as it is (cropped
as before), and all else computes as it did, with the weights that it has.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax: the reach of
motif interactions shrinks with the layers that are taken away.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from cisgram.arrays import Codes, Responses
from cisgram.errors import InputError
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Score, respond
from cisgram.nn.blocks import DilatedTower
from cisgram.nn.predict import Device

Removal: TypeAlias = Literal["top", "each"]
"""``top``: the last layer, the last two, and so on to none left; ``each``: every layer alone."""

LAYER_COLUMNS = ("removed", "n_removed", "reach_bp", "track", "n", "correlation", "slope", "change")
"""Columns of :func:`layer_table`; ``removed`` numbers layers from 1, which has the dilation 2."""

SPACING_LAYER_COLUMNS = ("removed", "n_removed", "reach_bp", "order", "strand_a", "strand_b", "track", "kept", "rms")
"""Columns of :func:`spacing_layer_table`."""

Answer = TypeVar("Answer")


class WithoutLayers(NamedTuple):
    """The answer of a model of which some layers are skipped."""

    removed: tuple[int, ...]
    """Numbers of the layers, from 1; none for the whole model."""
    reach_bp: int
    """How far to either side the layers that are left see, in bp: the sum of their dilations."""
    answer: object


def tower_of(model: nn.Module) -> DilatedTower:
    """The dilated tower of a model.

    Raises
    ------
    InputError
        Where it has none (such as Basset), or several.
    """
    towers = [module for module in model.modules() if isinstance(module, DilatedTower)]
    if len(towers) != 1:
        raise InputError(
            f"layers can be skipped in a model with one tower of dilated layers, such as BPNet; {type(model).__name__} "
            f"has {len(towers) or 'none'}"
        )
    return towers[0]


@contextmanager
def without_layers(model: nn.Module, layers: Sequence[int]) -> Iterator[nn.Module]:
    """Skip dilated layers for the length of a ``with`` block; the model is the same before and after, bit for bit.

    Parameters
    ----------
    model
        With one dilated tower.
    layers
        Numbers, from 1.

    Examples
    --------
    >>> from cisgram.models.bpnet import BPNetConfig, build
    >>> model = build(BPNetConfig(input_length=500, output_length=200, n_dilated_layers=4), n_tracks=1)
    >>> with without_layers(model, [3, 4]):
    ...     model(torch.zeros(1, 4, 500)).profile_logits.shape
    torch.Size([1, 1, 2, 200])
    """
    activations = tower_of(model).activations
    if unknown := [layer for layer in layers if not 1 <= layer <= len(activations)]:
        raise InputError(f"layers are numbered from 1 to {len(activations)}; got {unknown}")
    with ExitStack() as stack:
        for layer in set(layers):
            hook = activations[layer - 1].register_forward_hook(_nothing)
            stack.callback(hook.remove)
        yield model


def _nothing(_module: nn.Module, _inputs: object, output: Any) -> Tensor:
    """A forward hook: in the place of what a layer adds, zeros."""
    return torch.zeros_like(output)


def ask_without_layers(
    model: nn.Module, question: Callable[[nn.Module], Answer], *, removal: Removal = "top"
) -> list[WithoutLayers]:
    """Ask the whole model, and then with layers skipped.

    Parameters
    ----------
    model
        With one dilated tower; it is left as found.
    question
        Any function of the model, such as one that calls
        :func:`cisgram.interpret.experiments.spacing.space_motifs`.
    removal
        Which layers are skipped.

    Returns
    -------
    list of WithoutLayers
        The whole model's answer first.
    """
    n = len(tower_of(model).activations)
    if removal not in ("top", "each"):
        raise InputError(f"removal must be 'top' or 'each'; got {removal!r}")
    each = [(layer,) for layer in range(1, n + 1)]
    top = [tuple(range(n - number + 1, n + 1)) for number in range(1, n + 1)]
    answers = []
    for removed in [(), *(top if removal == "top" else each)]:
        reach = sum(2**layer for layer in range(1, n + 1) if layer not in removed)
        with without_layers(model, removed):
            answers.append(WithoutLayers(removed, reach, question(model)))
    return answers


def predict_without_layers(
    model: nn.Module,
    codes: Codes,
    *,
    scores: Sequence[Score],
    removal: Removal = "top",
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
) -> list[WithoutLayers]:
    """Responses to sequences, such as held-out windows, by the whole model and with layers skipped.

    Parameters are those of :func:`cisgram.interpret.experiments.responses.respond` and :func:`ask_without_layers`; the
    answers are Responses.
    """

    def question(asked: nn.Module) -> Responses:
        return respond(asked, codes, scores=scores, asking=asking, device=device)

    return ask_without_layers(model, question, removal=removal)


def layer_table(
    answers: Sequence[WithoutLayers], *, tracks: Sequence[str], truth: Responses | None = None
) -> pd.DataFrame:
    """How far responses with layers skipped still agree with those of the whole model, or with measurements.

    Parameters
    ----------
    answers
        From :func:`predict_without_layers`.
    tracks
        Names, in the order of the last axis.
    truth
        What responses are compared with; those of the whole model, if not given.

    Returns
    -------
    pandas.DataFrame
        :data:`LAYER_COLUMNS`. ``correlation`` is Pearson's, over sequences (NaN where one side does not vary);
        ``slope`` that of the line of responses on the truth; ``change`` the mean difference.
    """
    whole = np.asarray(answers[0].answer if truth is None else truth, dtype=np.float64)
    rows = []
    for one in answers:
        found = np.asarray(one.answer, dtype=np.float64)
        for number, track in enumerate(tracks):
            x, y = whole[:, number] - whole[:, number].mean(), found[:, number] - found[:, number].mean()
            spread = float(np.sqrt((x @ x) * (y @ y)))
            rows.append(
                {
                    **_about(one),
                    "track": track,
                    "n": len(found),
                    "correlation": float(x @ y) / spread if spread > 0 else np.nan,
                    "slope": float(x @ y) / float(x @ x) if x.any() else np.nan,
                    "change": float((found[:, number] - whole[:, number]).mean()),
                }
            )
    return pd.DataFrame(rows, columns=list(LAYER_COLUMNS))


def spacing_layer_table(answers: Sequence[WithoutLayers], *, value: str = "interaction") -> pd.DataFrame:
    """How much of each spacing curve is left when layers are skipped.

    Parameters
    ----------
    answers
        From :func:`ask_without_layers`, of a question that gives a
        :func:`cisgram.interpret.experiments.spacing.spacing_table`.
    value
        Column of the curve; 0 must mean that there is nothing.

    Returns
    -------
    pandas.DataFrame
        :data:`SPACING_LAYER_COLUMNS`. ``kept`` is how much of the whole model's curve y is left in the curve x,
        ``x y / y y`` over distances: 1 where it is the same, 0 where none is left. ``rms`` is the root mean
        square of x.
    """
    keys = ["order", "strand_a", "strand_b", "track"]
    whole = dict(iter(_table(answers[0]).groupby(keys, sort=False)))
    rows = []
    for one in answers:
        for key, curve in _table(one).groupby(keys, sort=False):
            x, y = (table.sort_values("distance_bp")[value].to_numpy(np.float64) for table in (curve, whole[key]))
            power = float(y @ y)
            kept = float(x @ y) / power if power > 0 else np.nan
            labels = dict(zip(keys, key, strict=True))
            rows.append({**_about(one), **labels, "kept": kept, "rms": float(np.sqrt(np.mean(x**2)))})
    return pd.DataFrame(rows, columns=list(SPACING_LAYER_COLUMNS))


def _table(one: WithoutLayers) -> pd.DataFrame:
    if not isinstance(one.answer, pd.DataFrame):
        raise InputError(f"answers must be spacing tables; got {type(one.answer).__name__}")
    return one.answer


def _about(one: WithoutLayers) -> dict[str, object]:
    names = ", ".join(map(str, one.removed)) or "none"
    return {"removed": names, "n_removed": len(one.removed), "reach_bp": one.reach_bp}
