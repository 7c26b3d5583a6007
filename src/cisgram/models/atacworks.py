"""AtacWorks: from sparse ATAC-seq coverage to the coverage of deep data and the probability of a peak, base by base.

::

    coverage        channel x (output_length + 2 margin_bp)
       |  n_blocks residual blocks: x <- ReLU( conv( ReLU( conv( ReLU( conv(x) ) ) ) ) + x ), dilated
       |  1x1 convolution, ReLU                                       -> track
       |  n_peak_blocks residual blocks, which read the track alone
       |  1x1 convolution                                             -> peak_logits

No sequence goes in, so a model that was trained on one cell type serves others. The form ``AtacWorksConfig()`` keeps
the blocks and changes what makes them hard to train: it reads ln(1 + coverage) beside coverage, in units of the mean
coverage; the network adds to a multiple of the coverage itself; the track ends in a softplus, whose gradient never is
0 (a ReLU there can give 0 for everything, for ever); and layers have constants.

The likelihood: a weighted squared error of the track, 1 less its Pearson correlation, and a Bernoulli for every base.

References
----------
Lal et al. (2021), Deep learning-based enhancement of epigenomics data with AtacWorks, Nature Communications 12: the
form ``AtacWorksConfig.original()``.
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from cisgram.arrays import Totals
from cisgram.errors import ConfigError, InputError
from cisgram.nn.blocks import centre
from cisgram.nn.losses import bernoulli_nll
from cisgram.nn.phases import from_phases, to_phases
from cisgram.nn.residual import LAYERS_PER_BLOCK, ResidualBlock
from cisgram.nn.tensors import Coverage, CoverageTargets, Hidden, PerBase

Form: TypeAlias = Literal["residual", "original"]
PearsonOver: TypeAlias = Literal["batch", "window"]

_EPSILON = 1e-7  # of the original: added to the product of norms in a correlation
_SHARPNESS = 5.0
"""How fast the softplus turns, per unit of mean coverage: where nothing is to be seen it leaves 0.14 of a unit."""


@dataclass(frozen=True)
class AtacWorksConfig:
    """The form of an AtacWorks; :meth:`original` is the published one.

    Raises
    ------
    ConfigError
        Where a number is out of range, or the margin is shorter than the model reaches.
    """

    output_length: int = 50_000
    """Window that is predicted, in bp."""
    margin_bp: int = 5_000
    """Coverage that is read on either side of it; at least :attr:`reach_bp`, so that nothing depends on padding."""
    n_filters: int = 16
    """Channels of all hidden layers."""
    n_blocks: int = 5
    """Residual blocks before the track."""
    n_peak_blocks: int = 2
    """Residual blocks between the track and the peaks."""
    width: int = 51
    """Width of the convolutions in taps; odd."""
    dilation: int = 8
    """Distance of neighbouring taps in bp."""
    form: Form = "residual"
    """``residual``: coverage in its own units and as a logarithm, a network that adds to it, softplus, constants;
    ``original``: coverage as it is, ReLU, constants in the layers of the peaks only."""

    @classmethod
    def original(cls) -> "AtacWorksConfig":
        """The form of Lal et al. (2021): 219,706 parameters with one channel."""
        return cls(n_filters=15, form="original")

    @property
    def input_length(self) -> int:
        """Coverage that the model reads for a window, in bp."""
        return self.output_length + 2 * self.margin_bp

    @property
    def reach_bp(self) -> int:
        """How far to either side the probability of a peak depends on coverage, in bp."""
        return (self.n_blocks + self.n_peak_blocks) * self.reach_of_block_bp

    @property
    def reach_of_block_bp(self) -> int:
        """How far one residual block sees to either side, in bp."""
        return LAYERS_PER_BLOCK * (self.width // 2) * self.dilation

    def __post_init__(self) -> None:
        for name in ("output_length", "n_filters", "n_blocks", "n_peak_blocks", "width", "dilation"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.width % 2 == 0:
            raise ConfigError(f"width must be odd, so that filters have a middle; got {self.width}")
        if self.form not in get_args(Form):
            raise ConfigError(f"form must be one of {', '.join(get_args(Form))}; got {self.form!r}")
        if self.margin_bp < self.reach_bp:
            raise ConfigError(
                f"margin_bp must be at least {self.reach_bp}, as far as this model reaches to either side; got "
                f"{self.margin_bp}"
            )


class AtacWorksOutput(NamedTuple):
    """What AtacWorks predicts of every base of a window; never less precise than float32."""

    track: PerBase
    """Coverage of deep data; not negative."""
    peak_logits: PerBase
    """ln(p / (1 - p)) of the probability that the base lies in a peak."""


class AtacWorks(nn.Module):
    """The network of the figure above; :func:`build` makes one from a config.

    Parameters
    ----------
    config
        Its form.
    n_extra
        Channels beside the coverage, such as motif scores.
    """

    def __init__(self, config: AtacWorksConfig, *, n_extra: int = 0) -> None:
        super().__init__()
        self.config, self.n_channels = config, 1 + n_extra
        n, width, is_residual = config.n_filters, config.width, config.form == "residual"
        n_first = self.n_channels + is_residual
        self.blocks = nn.Sequential(
            *(ResidualBlock(n if i else n_first, n, width, bias=is_residual) for i in range(config.n_blocks))
        )
        self.track_head = nn.Conv1d(n, 1, 1, bias=is_residual)
        self.peak_blocks = nn.Sequential(
            *(ResidualBlock(n if i else 1, n, width, bias=True) for i in range(config.n_peak_blocks))
        )
        self.peak_head = nn.Conv1d(n, 1, 1)
        self.register_buffer("sample_scale", torch.zeros(()))
        if is_residual:
            self.coverage_weight = nn.Parameter(torch.ones(1))
            self.register_buffer("input_scale", torch.ones(self.n_channels))
            self.register_buffer("track_scale", torch.ones(()))

    sample_scale: Tensor
    """Mean coverage that samples are brought to before the model reads them; 0: they are read as they are."""
    input_scale: Tensor
    track_scale: Tensor

    @property
    def input_length(self) -> int:
        """Coverage that is read for a window of :attr:`output_length`, in bp."""
        return self.config.input_length

    @property
    def output_length(self) -> int:
        """Window that it is made for, in bp; any other length works too."""
        return self.config.output_length

    @property
    def margin_bp(self) -> int:
        """Coverage that is read on either side of a window, in bp."""
        return self.config.margin_bp

    @property
    def reach_bp(self) -> int:
        """How much of the margin has any influence, in bp."""
        return self.config.reach_bp

    @property
    def bin_size(self) -> int:
        """Base pairs per predicted position: 1."""
        return 1

    @property
    def n_tracks(self) -> int:
        """Predicted tracks: 1."""
        return 1

    def forward(self, coverage: Coverage) -> AtacWorksOutput:
        """Predict windows from their coverage and that of their margins.

        Parameters
        ----------
        coverage
            Coverage per base, then the further channels: a window of any length with ``margin_bp`` on either side.
        """
        length, dilation = self._checked_length(coverage), self.config.dilation
        # Taps lie `dilation` apart: every dilation-th base by itself is a row in which they are neighbours.
        seen = to_phases(centre(coverage, length + 2 * self.reach_bp), dilation)
        hidden = self.blocks(self._features(seen))
        track = self._track(_exactly(self.track_head, hidden), centre(seen[:, :1], hidden.shape[-1]))
        logits = _exactly(self.peak_head, self.peak_blocks(self._track_feature(track)))
        in_window = (centre(track, logits.shape[-1]), logits)
        return AtacWorksOutput(*(from_phases(rows, dilation)[:, 0, :length] for rows in in_window))

    def _features(self, seen: Hidden) -> Hidden:
        """What the blocks read: channels as they are, or in units of their means with the logarithm of coverage."""
        if self.config.form == "original":
            return seen
        scaled = seen / self.input_scale[:, None]
        return torch.cat([scaled[:, :1].log1p(), scaled], dim=1)

    def _track(self, added: Hidden, coverage: Hidden) -> Hidden:
        """The track, from what the network has to say and from coverage at the same positions."""
        if self.config.form == "original":
            return functional.relu(added)
        units = self.coverage_weight * coverage / self.input_scale[0] + added
        return self.track_scale * functional.softplus(units, beta=_SHARPNESS)

    def _track_feature(self, track: Hidden) -> Hidden:
        """The track as the blocks of the peaks read it."""
        return track if self.config.form == "original" else (track / self.track_scale).log1p()

    def _checked_length(self, coverage: Coverage) -> int:
        """Length of the window, after a look at what came."""
        length = coverage.shape[-1] - 2 * self.margin_bp
        if length < 1:
            raise InputError(
                f"this model reads {self.margin_bp} bp on either side of a window; got {coverage.shape[-1]} bp in all"
            )
        if coverage.shape[1] != self.n_channels:
            raise InputError(f"this model reads {self.n_channels} channels; got {coverage.shape[1]}")
        return length


def build(config: AtacWorksConfig, *, n_tracks: int = 1, n_controls: int = 0, seed: int = 0) -> AtacWorks:
    """Make an AtacWorks with random weights; torch's random state stays as it was.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Must be 1: one clean track, with its peaks.
    n_controls
        Channels that it reads beside the coverage.
    seed
        Of the weights.

    Raises
    ------
    ConfigError
        Where more than one track is asked for.

    Examples
    --------
    >>> model = build(AtacWorksConfig.original())
    >>> sum(parameter.numel() for parameter in model.parameters())
    219706
    >>> model(torch.zeros(1, 1, 10_100)).track.shape
    torch.Size([1, 100])
    """
    if n_tracks != 1 or n_controls < 0:
        raise ConfigError(
            f"an AtacWorks predicts one track and reads no fewer than 0 further channels; got n_tracks = {n_tracks} "
            f"and n_controls = {n_controls}"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AtacWorks(config, n_extra=n_controls)


def set_scales(model: AtacWorks, *, inputs: Totals, track: float, sample: float = 0.0) -> None:
    """Tell a model in which units it gets coverage, before it is trained; the model is changed in place.

    A model of the form ``original`` has no units; of it, ``sample`` alone is set.

    Parameters
    ----------
    model
        Not trained yet.
    inputs
        Mean of every input channel over the training windows; 1 takes the place of 0 and of what is below.
    track
        Mean of the clean coverage.
    sample
        Mean coverage that all samples are brought to, those of training before they came here; 0 where they are not.

    Raises
    ------
    InputError
        Where the mean coverage, noisy or clean, is no number above 0.
    """
    if not (0 < float(inputs[0]) < math.inf and 0 < track < math.inf):
        raise InputError(f"mean coverage must be above 0 to be a unit; got noisy {inputs[0]:.4g} and clean {track:.4g}")
    if len(inputs) != model.n_channels:
        raise InputError(f"this model reads {model.n_channels} channels; got {len(inputs)} means")
    if not 0 <= sample < math.inf:
        raise InputError(f"the mean coverage of samples must be a number that is not negative; got {sample:.4g}")
    model.sample_scale.fill_(sample)
    if model.config.form == "original":
        return
    model.input_scale.copy_(torch.tensor([float(mean) if mean > 0 else 1.0 for mean in inputs]))
    model.track_scale.fill_(track)


class LossTerms(NamedTuple):
    """The loss and its parts."""

    total: Float[Tensor, ""]
    """What is minimised: the weighted sum of the others."""
    mse: Float[Tensor, ""]
    """Mean squared error of the track over all bases, in units of ``track_scale`` squared."""
    pearson: Float[Tensor, ""]
    """1 less the Pearson correlation of the track."""
    log_mse: Float[Tensor, ""]
    """Mean squared error of ln(1 + track), the track in units of ``track_scale``."""
    peaks: Float[Tensor, ""]
    """Minus ln of the probability of peaks and of their absence, mean over bases."""


def loss_terms(
    output: AtacWorksOutput,
    targets: CoverageTargets,
    *,
    mse_weight: float = 0.0005,
    pearson_weight: float = 1.0,
    peak_weight: float = 1.0,
    log_weight: float = 0.0,
    pearson_over: PearsonOver = "batch",
    track_scale: float = 1.0,
) -> LossTerms:
    """The loss of a batch, in parts; the weights are those of Lal et al. (2021).

    Parameters
    ----------
    output
        What the model predicts.
    targets
        Clean coverage, and peaks as 1 and 0; NaN among the peaks is a base of which it is not known.
    mse_weight, pearson_weight, peak_weight, log_weight
        See :class:`LossTerms`. Squared errors and correlation are ruled by the highest peaks; the error of logarithms
        asks for the ground between them, too (it is not in the original: weight 0).
    pearson_over
        ``batch``: one correlation over all bases of the batch (the original), to which a window without peaks adds
        what it should, that it is low; ``window``: the mean of one per window, in which every window weighs the same,
        whatever it holds.
    track_scale
        Unit of the squared error. In reads (1, the original), what the error weighs beside the other terms changes
        with the square of the depth; in units of the clean track's mean coverage it does not.
    """
    clean, peaks = targets.unbind(1)
    clean = clean.to(output.track)
    mse = ((output.track - clean) / track_scale).square().mean()
    log_mse = ((output.track / track_scale).log1p() - (clean / track_scale).log1p()).square().mean()
    rows = (values.reshape(1, -1) if pearson_over == "batch" else values for values in (output.track, clean))
    pearson = 1 - _correlation(*rows).mean()
    of_peaks = bernoulli_nll(output.peak_logits, peaks).sum() / (~peaks.isnan()).sum().clamp(min=1)
    total = mse_weight * mse + pearson_weight * pearson + log_weight * log_mse + peak_weight * of_peaks
    return LossTerms(total, mse, pearson, log_mse, of_peaks)


def loss(
    output: AtacWorksOutput,
    targets: CoverageTargets,
    *,
    mse_weight: float = 0.0005,
    pearson_weight: float = 1.0,
    peak_weight: float = 1.0,
    log_weight: float = 0.0,
    pearson_over: PearsonOver = "batch",
    track_scale: float = 1.0,
) -> Float[Tensor, ""]:
    """The loss of a batch: ``total`` of :func:`loss_terms`, which see."""
    return loss_terms(
        output,
        targets,
        mse_weight=mse_weight,
        pearson_weight=pearson_weight,
        peak_weight=peak_weight,
        log_weight=log_weight,
        pearson_over=pearson_over,
        track_scale=track_scale,
    ).total


def _correlation(values: Tensor, others: Tensor) -> Tensor:
    """Pearson's r of every row, ``row position``; 0 for a row in which one of the two does not change."""
    values, others = (rows - rows.mean(1, keepdim=True) for rows in (values, others))
    # The gradient of a norm at 0 is taken as 0; that of the square root of a sum of squares is no number.
    norms = torch.linalg.vector_norm(values, dim=1) * torch.linalg.vector_norm(others, dim=1)
    return (values * others).sum(1) / (norms + _EPSILON)


def _exactly(head: nn.Conv1d, hidden: Hidden) -> Hidden:
    """A head's output in the precision of its weights, also where layers compute in less."""
    with torch.autocast(hidden.device.type, enabled=False):
        return head(hidden.to(head.weight.dtype))
