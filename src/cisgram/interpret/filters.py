"""What the filters of a first layer look for: the motifs of the places where they are active, and which are alike.

References
----------
Kelley, Snoek and Rinn (2016), Basset: learning the regulatory code of the accessible genome with deep convolutional
neural networks, Genome Research 26. The rules are those of their ``basset_motifs.py``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from torch import Tensor, nn

from cisgram import arrays
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import motif_similarity
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating

FILTER_COLUMNS = (
    "filter",
    "motif",
    "n_sites",
    "threshold",
    "mean_activation",
    "max_activation",
    "information_bits",
    "consensus",
)
"""``filter``: channel, from 0; ``motif``: name of its motif, empty where there are too few sites; ``n_sites``: places
above the threshold with all their bases inside the sequence; ``information_bits``: sum over the columns, 0 without a
motif; ``consensus``: IUPAC letters, empty without a motif."""

CLUSTER_COLUMNS = ("motif", "cluster", "representative", "similarity")
"""``cluster``: number, from 0, in the order of the largest; ``representative``: the motif of the cluster with most
information; ``similarity``: of the motif to it."""


class FilterMotifs(NamedTuple):
    """What each filter looks for."""

    motifs: tuple[Motif, ...]
    """Of the filters with enough sites, named ``filter_<channel>``; columns without information are kept."""
    table: pd.DataFrame
    """One row per filter: :data:`FILTER_COLUMNS`."""


class _Activity(NamedTuple):
    """How active each filter is over all sequences and positions."""

    mean: Float[Tensor, "filter"]
    highest: Float[Tensor, "filter"]

    def threshold(self, share: float) -> Float[Tensor, "filter"]:
        """A share of the way from the mean to the highest value."""
        return self.mean + share * (self.highest - self.mean)


def filter_motifs(
    model: nn.Module,
    codes: arrays.Codes,
    *,
    layer: str,
    width: int,
    is_paired: bool = False,
    threshold: float = 0.5,
    min_sites: int = 10,
    batch_size: int = 64,
    device: Device | None = None,
) -> FilterMotifs:
    """Count the bases under each filter of the first layer wherever it is active.

    A place is active where the filter's output lies above ``mean + threshold x (max - mean)``, both over all sequences
    and positions. The bases under the filter at all active places are counted, with one more of each base in every
    column. Places where the filter reaches beyond the sequence are passed over; N counts as a quarter of each base.

    Parameters
    ----------
    model
        Called with one-hot sequences; left as it was found.
    codes
        Sequences, ``batch length``.
    layer
        Name of the first layer's activation in ``model.named_modules()``, such as ``convolutions.0.activation`` (of
        Basset) or ``stem_activation`` (of BPNet). It gives ``batch filter position``, as many positions as the
        sequence has (zeros put around it, one more to the right if ``width`` is even) or ``width - 1`` fewer.
    width
        Of the filters, in bp.
    is_paired
        Whether the first filter is the reverse complement of the last, the second that of the last but one, as in
        :mod:`cisgram.nn.strands`. Then each pair is one filter, the first half of them, with sites on both strands.
    threshold
        Share of the way from the mean to the maximum; 0.5 in the paper.
    min_sites
        Filters with fewer sites have no motif.
    batch_size
        Sequences at a time; the result does not depend on it.
    device
        Where to compute; where the model is, if not given.

    Returns
    -------
    FilterMotifs
        ``n_sites`` of a motif is the number of its sites, without the counts that were added.

    Raises
    ------
    EmptySetError
        Without sequences.
    InputError
        Where there is no such layer, or it has another number of positions.
    """
    if not 0 <= threshold < 1 or min_sites < 1:
        raise InputError(f"threshold must lie in [0, 1) and min_sites be at least 1; got {threshold} and {min_sites}")
    with evaluating(model, device), torch.inference_mode():
        batches = _Batches(model, codes, layer, batch_size)
        activity = _activity(batches, is_paired=is_paired)
        counts = _counts_of_bases(batches, activity.threshold(threshold), width=width, is_paired=is_paired)
    n_sites = np.rint(counts[:, :, 0].sum(axis=1)).astype(np.int64)
    found = {
        channel: Motif.from_counts(f"filter_{channel}", counts[channel], pseudocount=4.0)
        for channel in np.flatnonzero(n_sites >= min_sites).tolist()
    }
    motifs = [found.get(channel) for channel in range(len(n_sites))]
    columns = (
        np.arange(len(n_sites)),
        ["" if motif is None else motif.name for motif in motifs],
        n_sites,
        activity.threshold(threshold).numpy(),
        activity.mean.numpy(),
        activity.highest.numpy(),
        [0.0 if motif is None else float(motif.information_content().sum()) for motif in motifs],
        ["" if motif is None else motif.consensus() for motif in motifs],
    )
    return FilterMotifs(tuple(found.values()), pd.DataFrame(dict(zip(FILTER_COLUMNS, columns, strict=True))))


def filter_clusters(motifs: Sequence[Motif], *, min_similarity: float = 0.7) -> pd.DataFrame:
    """Group motifs that say the same, such as those of filters that learnt the same factor.

    Parameters
    ----------
    motifs
        With different names.
    min_similarity
        Motifs of a cluster have at least this :func:`cisgram.genomics.motif_alignment.motif_similarity` on average,
        whichever strand they are on; clusters are joined from the most similar on (average linkage).

    Returns
    -------
    pandas.DataFrame
        One row per motif, in their order: :data:`CLUSTER_COLUMNS`. Time and memory grow with the square of their
        number; 300 take seconds.

    Examples
    --------
    >>> words = {"a": "TTACCC", "b": "GGGTAA", "c": "CACGTG"}
    >>> filter_clusters([Motif.from_consensus(name, word) for name, word in words.items()])["cluster"].tolist()
    [0, 0, 1]
    """
    if not motifs:
        return pd.DataFrame({name: [] for name in CLUSTER_COLUMNS})
    n = len(motifs)
    similarity = np.eye(n)
    for i in range(n):
        for j in range(i):
            similarity[i, j] = similarity[j, i] = motif_similarity(motifs[i], motifs[j])
    labels = np.ones(n, dtype=np.int64)
    if n > 1:
        tree = linkage(squareform(1 - similarity, checks=False), method="average")
        labels = fcluster(tree, t=1 - min_similarity, criterion="distance")
    information = np.array([motif.information_content().sum() for motif in motifs])
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    members.sort(key=lambda rows: (-rows.size, rows[0]))
    cluster, representative = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for number, rows in enumerate(members):
        cluster[rows] = number
        representative[rows] = rows[np.argmax(information[rows])]
    names = [motif.name for motif in motifs]
    columns = (names, cluster, [names[row] for row in representative], similarity[np.arange(n), representative])
    return pd.DataFrame(dict(zip(CLUSTER_COLUMNS, columns, strict=True)))


class _Batches:
    """One-hot sequences and the output of a layer, a batch at a time."""

    def __init__(self, model: nn.Module, codes: arrays.Codes, layer: str, batch_size: int) -> None:
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1; got {batch_size}")
        if len(codes) == 0:
            raise EmptySetError("sequences for the filters", dropped={}, hint="give those of the test part")
        self.model, self.codes, self.batch_size = model, codes, batch_size
        self.module = module_called(model, layer)
        self.place = next((tensor.device for tensor in model.parameters()), torch.device("cpu"))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(self.codes), self.batch_size):
            codes = torch.from_numpy(np.array(self.codes[start : start + self.batch_size])).to(self.place)
            sequences = one_hot(codes)
            with _heard(self.module) as outputs:
                self.model(sequences)
            if not outputs or outputs[0].ndim != 3:
                raise InputError("the layer of the filters must be used, and give batch, filter and position")
            yield sequences, outputs[0]


def module_called(model: nn.Module, name: str) -> nn.Module:
    """The part of a model with a name.

    Raises
    ------
    InputError
        Where there is none; the message lists the first that there are.
    """
    parts = dict(model.named_modules())
    if name not in parts or not name:
        known = ", ".join([part for part in parts if part][:12])
        raise InputError(f"this model has no layer {name!r}; it has {known}, ...")
    return parts[name]


@contextmanager
def _heard(module: nn.Module) -> Iterator[list[Tensor]]:
    """Note what a module gives, call by call."""
    outputs: list[Tensor] = []

    def note(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        outputs.append(output)

    handle = module.register_forward_hook(note)
    try:
        yield outputs
    finally:
        handle.remove()


def _activity(batches: _Batches, *, is_paired: bool) -> _Activity:
    """Mean and maximum of every filter, or pair of filters."""
    total, highest, n = torch.zeros(()), torch.tensor(-torch.inf), 0
    for _, active in batches:
        total = total + active.sum((0, 2), dtype=torch.float64).cpu()
        highest = torch.maximum(highest, active.amax((0, 2)).double().cpu())
        n += active.shape[0] * active.shape[2]
    mean = total / n
    if is_paired:
        half = len(mean) // 2
        mean = (mean[:half] + mean.flip(0)[:half]) / 2
        highest = torch.maximum(highest[:half], highest.flip(0)[:half])
    return _Activity(mean, highest)


def _counts_of_bases(batches: _Batches, threshold: Tensor, *, width: int, is_paired: bool) -> np.ndarray:
    """Bases under the active places, ``filter 4 width``."""
    above = torch.cat([threshold, threshold.flip(0)]) if is_paired else threshold
    counts = torch.zeros((len(above), 4, width), dtype=torch.float64)
    for sequences, active in batches:
        length = sequences.shape[-1]
        if active.shape[-1] not in (length, length - width + 1) or length < width:
            raise InputError(
                f"filters of {width} bp on sequences of {length} bp give {length} or {length - width + 1} positions; "
                f"the layer gives {active.shape[-1]}"
            )
        first = (width - 1) // 2 if active.shape[-1] == length else 0  # the first place with all its bases inside
        is_site = (active > above.to(active)[:, None])[..., first : first + length - width + 1].float()
        bases = sequences + 0.25 * (sequences.sum(1, keepdim=True) == 0)
        counts += torch.einsum("bfp,bcpw->fcw", is_site, bases.unfold(-1, width, 1)).double().cpu()
    if is_paired:
        counts = counts[: len(threshold)] + counts.flip(0, 1, 2)[: len(threshold)]
    return counts.numpy()
