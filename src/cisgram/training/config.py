"""The settings of a training, checked where they are given; no torch, so that a config file is read quickly."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cisgram.errors import ConfigError

Optimizer = Literal["adam", "sgd"]
Precision = Literal["32-true", "bf16-mixed"]
Schedule = Literal["constant", "cosine", "plateau"]
Accelerator = Literal["auto", "cpu", "cuda"]

_CHANGEABLE = (
    "patience",
    "accelerator",
    "devices",
    "checkpoint_every_minutes",
    "checkpoint_every_steps",
    "tensorboard",
    "recompute",
)
_LATER = {"optimizer": "adam", "momentum": 0.9, "accumulate": 1, "spike_recoveries": 5}
"""Settings that older checkpoints do not name, and what they were then."""


@dataclass(frozen=True)
class FitConfig:
    """How a model is trained.

    The optimiser is Adam; with a weight decay, that decay is decoupled from the gradient (AdamW, Loshchilov
    and Hutter 2019). Basenji was published with ``sgd``, a learning rate of 0.15, a momentum of 0.99 and a
    ``clip_norm`` of 2.

    Raises
    ------
    ConfigError
        Where a value lies outside its range, or two contradict each other.

    Examples
    --------
    >>> FitConfig(epochs=0)
    Traceback (most recent call last):
    cisgram.errors.ConfigError: epochs must be a whole number of at least 1; got 0
    """

    epochs: int = 50
    """Times that the training examples are seen, at most."""
    learning_rate: float = 1e-3
    """Step size after the warm-up."""
    optimizer: Optimizer = "adam"
    """``adam``, or ``sgd``: stochastic gradient descent with momentum, whose learning rates are larger."""
    momentum: float = 0.9
    """How much of the last step ``sgd`` keeps in the next one."""
    accumulate: int = 1
    """Batches, on each device, whose gradients make one step together, as if they were one large batch: where that
    does not fit into memory. Norms of batches still see each of them alone."""
    recompute: bool = False
    """Keep less of what layers compute and compute it a second time for the gradient: a quarter less memory at the
    peak (measured on a CPU), more time, the same result. For Basenji."""
    betas: tuple[float, float] = (0.9, 0.999)
    """How much of Adam's running mean and mean square of the gradient is kept in a step."""
    weight_decay: float = 0.0
    """Share of every weight that is taken off per step and unit of learning rate; 0 for none."""
    clip_norm: float = 0.0
    """A longer gradient, over all parameters, is shortened to this length; 0 leaves every gradient as it is."""
    spike_recoveries: int = 5
    """How often, at most, a training goes back a little where its loss has jumped and stays up (five steps in a row
    more than ten spreads above the usual loss, see docs/reliability.md), or is no finite number although the data are:
    at first it leaves out the batches that did it, then it lowers the learning rate. 0: never."""
    max_row_norm: float = 0.0
    """After every step, the weights into a unit or filter, where longer, are shortened to this length (L2 norm;
    the paper of Basset: 7); 0 leaves all as they are."""
    schedule: Schedule = "constant"
    """``constant``; ``cosine``: half a cosine down to a hundredth over all epochs; ``plateau``: times
    ``plateau_factor`` whenever the validation loss has not improved for ``plateau_patience`` epochs."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises evenly to its value; 0 for none."""
    plateau_patience: int = 2
    """Epochs without improvement before a ``plateau`` schedule lowers the learning rate."""
    plateau_factor: float = 0.5
    """What a ``plateau`` schedule multiplies the learning rate by; between 0 and 1."""
    patience: int = 10
    """Training ends after this many epochs without improvement of the validation loss; 0 for never."""
    min_improvement: float = 0.0
    """By how much (in units of the loss) a validation loss must be lower to count as an improvement, for ``patience``
    and ``plateau``. The best checkpoint is that of the lowest loss in any case."""
    average_decay: float = 0.0
    """How much of the running average of the weights is kept in a step, e.g. 0.999; validation and the best
    checkpoint then use the average. 0 for none."""
    precision: Precision = "32-true"
    """``32-true``; ``bf16-mixed``: layers compute in bfloat16, weights and loss stay in float32."""
    seed: int = 0
    """Of dropout and whatever else is random inside the model; the order of examples is the batches' own."""
    accelerator: Accelerator = "auto"
    """``cpu``, ``cuda``, or ``auto``: a GPU where there is one."""
    devices: int = 1
    """GPUs (or CPU processes) of this machine that share the work, each with batches of its own. A program that
    torchrun started takes their number, over all machines, from torchrun."""
    checkpoint_every_minutes: float = 10.0
    """The last checkpoint is saved at every end of an epoch and, within it, this often; 0: not within it."""
    checkpoint_every_steps: int = 0
    """The same counted in steps; 0: not by steps."""
    tensorboard: bool = False
    """Write the metrics of every epoch for TensorBoard too (needs the extra ``tensorboard``)."""

    def __post_init__(self) -> None:
        for name in ("epochs", "plateau_patience", "devices", "accumulate"):
            self._require_whole(name, at_least=1)
        for name in ("warmup_steps", "patience", "seed", "checkpoint_every_steps", "spike_recoveries"):
            self._require_whole(name, at_least=0)
        for name in ("weight_decay", "clip_norm", "max_row_norm", "min_improvement", "checkpoint_every_minutes"):
            self._require(name, _lies_in(getattr(self, name), 0, math.inf), "a number of at least 0")
        self._require(
            "learning_rate", _lies_in(self.learning_rate, 0, math.inf) and self.learning_rate > 0, "a number above 0"
        )
        self._require(
            "plateau_factor", _lies_in(self.plateau_factor, 0, 1) and self.plateau_factor > 0, "between 0 and 1"
        )
        for name in ("average_decay", "momentum"):
            self._require(name, _lies_in(getattr(self, name), 0, 1), "at least 0 and below 1")
        pair = isinstance(self.betas, tuple) and len(self.betas) == 2
        self._require(
            "betas", pair and all(_lies_in(beta, 0, 1) for beta in self.betas), "two numbers of at least 0 and below 1"
        )
        self._require_one_of("optimizer", Optimizer)
        self._require_one_of("schedule", Schedule)
        self._require_one_of("precision", Precision)
        self._require_one_of("accelerator", Accelerator)
        for name in ("tensorboard", "recompute"):
            self._require(name, isinstance(getattr(self, name), bool), "true or false")
        if self.schedule == "plateau" and 0 < self.patience <= self.plateau_patience:
            raise ConfigError(
                f"patience must be above plateau_patience, or the learning rate is never lowered; "
                f"got {self.patience} and {self.plateau_patience}"
            )

    def lasting(self) -> dict[str, Any]:
        """The settings that must stay as they are when a training is resumed, since the result depends on them.

        The number of epochs may change, except where the schedule depends on it.
        """
        free = (*_CHANGEABLE, *(() if self.schedule == "cosine" else ("epochs",)))
        kept = {name: value for name, value in asdict(self).items() if name not in free}
        kept = {name: value for name, value in kept.items() if name not in _LATER or value != _LATER[name]}
        return {**kept, "betas": list(self.betas)}

    def _require_whole(self, name: str, *, at_least: int) -> None:
        value = getattr(self, name)
        self._require(name, type(value) is int and value >= at_least, f"a whole number of at least {at_least}")

    def _require_one_of(self, name: str, choices: Any) -> None:
        known = choices.__args__
        self._require(name, getattr(self, name) in known, "one of " + ", ".join(map(repr, known)))

    def _require(self, name: str, holds: bool, rule: str) -> None:  # noqa: FBT001 - a check reads best as name, check, rule
        if not holds:
            raise ConfigError(f"{name} must be {rule}; got {getattr(self, name)!r}")


def _lies_in(value: object, low: float | int, end: float | int) -> bool:
    """Whether a value is a number, not below ``low`` and below ``end``; NaN is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value < end
