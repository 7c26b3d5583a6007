"""DeepLIFT's rescale rule: how much of a score's difference to a reference each base accounts for.

Two engines give the same multipliers. Ours takes the example through the model once for all its
references and then follows the references alone, back and forth; it knows activations that work
element by element. tangermeme's knows more modules (max-pooling, softmax, layer norms), and is the
independent check in the tests. Neither sees an activation that is called as a function
(``torch.relu(x)``): both would take it as linear, which is why callers compare sums.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

from cisgram.interpret.scores import AnchoredScore, ScoreFunction, anchored
from cisgram.nn.blocks import Exponential, Log1p
from cisgram.nn.tensors import OneHot, PairedReferences, PairedScores
from cisgram.nn.tensors import Score as ScoreTensor

Engine: TypeAlias = Literal["auto", "rescale", "tangermeme"]
"""``auto``: ours where it knows every module of the model, else tangermeme's."""

ELEMENTWISE: tuple[type[nn.Module], ...] = (
    Exponential,
    Log1p,
    nn.CELU,
    nn.ELU,
    nn.GELU,
    nn.Hardsigmoid,
    nn.Hardswish,
    nn.Hardtanh,
    nn.LeakyReLU,
    nn.LogSigmoid,
    nn.Mish,
    nn.ReLU,
    nn.ReLU6,
    nn.SELU,
    nn.SiLU,
    nn.Sigmoid,
    nn.Softplus,
    nn.Softshrink,
    nn.Softsign,
    nn.Tanh,
)
"""Activations that our engine knows."""

_OTHER_NONLINEAR = (
    nn.GLU,
    nn.LayerNorm,
    nn.MaxPool1d,
    nn.MaxPool2d,
    nn.PReLU,
    nn.RMSNorm,
    nn.Softmax,
)
_SMALLEST_DIFFERENCE = 1e-6
"""Below this difference of inputs a ratio of differences is rounding; the derivative stands in for it."""


class Multipliers(NamedTuple):
    """What one score's difference to every reference is made of."""

    multipliers: PairedReferences
    """Change of the score per unit of input: ``batch reference 4 length``."""
    example_scores: ScoreTensor
    """Score of every example."""
    reference_scores: PairedScores
    """Score of every reference, ``batch reference``."""


def multipliers_of(
    model: nn.Module, examples: OneHot, references: PairedReferences, *, scores: Sequence[ScoreFunction], engine: Engine
) -> list[Multipliers]:
    """DeepLIFT multipliers of every example against each of its references, for every score.

    Parameters
    ----------
    model
        In evaluation mode; called as ``model(one_hot)``.
    examples
        One-hot sequences, ``batch 4 length``, on the model's device.
    references
        One-hot references, ``batch reference 4 length``, on the model's device.
    scores
        Functions ``output -> (batch,)``.
    engine
        Which engine; see :data:`Engine`.

    Returns
    -------
    list of Multipliers
        One per score. For a reference r of an example x, ``sum((x - r) * multipliers)`` is the difference
        of their scores if every nonlinear step of the model is a known module.

    References
    ----------
    Shrikumar, Greenside and Kundaje (2017), Learning important features through propagating activation
    differences.
    """
    if engine == "auto":
        known = not any(isinstance(module, _OTHER_NONLINEAR) for module in model.modules())
        engine = "rescale" if known else "tangermeme"
    if engine == "rescale":
        return _rescale(model, examples, references, scores=scores)
    return [_tangermeme(model, examples, references, score=score) for score in scores]


def _rescale(
    model: nn.Module, examples: OneHot, references: PairedReferences, *, scores: Sequence[ScoreFunction]
) -> list[Multipliers]:
    """Our engine: the examples forward once, the references forward once and back once per score."""
    n_references = references.shape[1]
    with _reading(model) as activations, torch.no_grad():
        output = model(examples)
    functions = [anchored(score, output) for score in scores]
    example_scores = [function(output, 1).detach() for function in functions]
    inputs = references.flatten(0, 1).detach().requires_grad_()
    results = []
    with _comparing(model, activations, n_references=n_references), torch.enable_grad():
        output = model(inputs)
        for number, (function, example_score) in enumerate(zip(functions, example_scores, strict=True), start=1):
            reference_scores = function(output, n_references)
            (gradient,) = torch.autograd.grad(reference_scores.sum(), inputs, retain_graph=number < len(functions))
            paired_scores = reference_scores.detach().unflatten(0, references.shape[:2])
            results.append(Multipliers(gradient.view_as(references), example_score, paired_scores))
    return results


class _Activation(NamedTuple):
    """What a module read and gave for the examples."""

    inputs: Tensor
    outputs: Tensor


@contextmanager
def _reading(model: nn.Module) -> Iterator[dict[nn.Module, list[_Activation]]]:
    """Note what every activation of the model reads and gives, call by call."""
    activations: dict[nn.Module, list[_Activation]] = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...], outputs: Tensor) -> None:
        activations.setdefault(module, []).append(_Activation(inputs[0], outputs))

    with _hooked(model, note):
        yield activations


@contextmanager
def _comparing(
    model: nn.Module, activations: dict[nn.Module, list[_Activation]], *, n_references: int
) -> Iterator[None]:
    """Let gradients pass every activation by the rescale rule instead of its derivative."""
    calls = {module: iter(noted) for module, noted in activations.items()}

    def rescale(module: nn.Module, inputs: tuple[Tensor, ...], outputs: Tensor) -> Tensor:
        example = next(calls[module])
        ratio = _ratio(example, inputs[0].detach(), outputs.detach(), n_references, module=module)
        return _Scaled.apply(inputs[0], outputs.detach(), ratio)  # pyright: ignore[reportReturnType]

    with _hooked(model, rescale):
        yield


@contextmanager
def _hooked(model: nn.Module, hook: Callable[..., Tensor | None]) -> Iterator[None]:
    """Hook every activation for a while; in-place ones spare their input meanwhile."""
    modules = [module for module in model.modules() if isinstance(module, ELEMENTWISE)]
    in_place = [module for module in modules if getattr(module, "inplace", False)]
    handles = [module.register_forward_hook(hook) for module in modules]
    try:
        for module in in_place:
            module.inplace = False  # pyright: ignore[reportArgumentType]
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module in in_place:
            module.inplace = True  # pyright: ignore[reportArgumentType]


class _Scaled(torch.autograd.Function):
    """A step whose value is known and whose gradient is a given ratio."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, outputs: Tensor, ratio: Tensor) -> Tensor:  # noqa: ARG004 - autograd passes all three
        ctx.save_for_backward(ratio)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (ratio,) = ctx.saved_tensors
        return gradients[0] * ratio, None, None


def _ratio(example: _Activation, inputs: Tensor, outputs: Tensor, n_references: int, *, module: nn.Module) -> Tensor:
    """Difference of outputs over difference of inputs, example minus reference."""
    paired = (len(example.inputs), n_references, *inputs.shape[1:])
    difference = example.inputs.unsqueeze(1) - inputs.view(paired)
    ratio = (example.outputs.unsqueeze(1) - outputs.view(paired)).div_(difference).view_as(inputs)
    if isinstance(module, nn.ReLU):
        # Differences of a ReLU are exact, so that only equal inputs (0 / 0) lack a ratio; a sum finds them fastest.
        return torch.where(ratio.isnan(), _derivative(module, inputs), ratio) if ratio.sum().isnan() else ratio
    equal = (difference.abs_() < _SMALLEST_DIFFERENCE).view_as(inputs)
    return torch.where(equal, _derivative(module, inputs), ratio) if equal.any() else ratio


def _derivative(module: nn.Module, inputs: Tensor) -> Tensor:
    """Derivative of an activation where it reads ``inputs``."""
    if isinstance(module, nn.ReLU):
        return (inputs > 0).to(inputs.dtype)
    with torch.enable_grad():
        point = inputs.detach().requires_grad_()
        # forward, not the module itself: the module is hooked
        (slope,) = torch.autograd.grad(module.forward(point).sum(), point)
    return slope


class _ScoredModel(nn.Module):
    """A model that gives a score as a column, as tangermeme asks for, and remembers it."""

    def __init__(self, model: nn.Module, score: ScoreFunction) -> None:
        super().__init__()
        self.model, self.score = model, score
        self.given: list[Tensor] = []

    def forward(self, sequences: Tensor, *anchor: Tensor) -> Tensor:
        scores = self.score(self.model(sequences), *anchor)
        self.given.append(scores.detach())
        return scores[:, None]


def _tangermeme(
    model: nn.Module, examples: OneHot, references: PairedReferences, *, score: ScoreFunction
) -> Multipliers:
    """The engine of tangermeme; its own warnings are left out, because sums are checked for every sequence."""
    from tangermeme import deep_lift_shap as theirs  # imported late: it brings numba kernels and plots

    anchor = None
    if isinstance(score, AnchoredScore):
        with torch.no_grad():
            anchor = (score.anchor(model(examples)),)
    scored = _ScoredModel(model, score).train(model.training)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.filterwarnings("ignore", message="X must be one-hot encoded")  # N is zeros
        multipliers = theirs.deep_lift_shap(
            scored,
            examples,
            args=anchor,
            references=references,
            batch_size=references.shape[0] * references.shape[1],
            raw_outputs=True,
            only_warn=True,
            additional_nonlinear_ops={
                Exponential: theirs._nonlinear,
                Log1p: theirs._nonlinear,
            },  # their rule for any activation
            device=examples.device,
        )
    example_scores, reference_scores = torch.cat(scored.given).chunk(2)
    paired_scores = reference_scores.unflatten(0, references.shape[:2])
    return Multipliers(
        multipliers.to(examples.device),  # pyright: ignore[reportAttributeAccessIssue]
        example_scores.unflatten(0, references.shape[:2])[:, 0],
        paired_scores,
    )
