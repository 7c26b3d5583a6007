"""Which motifs a map hangs on: instances of each are taken out, beside as many stretches by chance."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu
from torch import nn

from cisgram.arrays import Codes
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.q_values import q_values
from cisgram.interpret.experiments.deletion import AblationConfig, fillings_of
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.folding.edits import check_sites, free_places
from cisgram.interpret.folding.prediction import BOTH_STRANDS, fold
from cisgram.interpret.folding.scores import change_from

MOTIF_COLUMNS = ("motif", "n", "mean", "median", "random_mean", "random_median", "ratio", "p_value", "q_value")
"""Per motif: instances; mean and median disruption when one is taken out; the same of stretches by chance of the same
windows and widths; the ratio of means; Mann-Whitney's one-sided p-value that instances do more, and its q-value over
the motifs."""

INSTANCE_EFFECT_COLUMNS = ("motif", "row", "start", "end", "strand", "is_random", "disruption")
"""One row per instance or stretch by chance; ``disruption``: root mean square of the change, averaged over maps."""


@dataclass(frozen=True)
class MotifEffectConfig:
    """How instances are taken out."""

    n_draws: int = 2
    """Fillings of random bases for each."""
    most: int = 100
    """Instances of a motif at most; of more, some by chance."""
    seed: int = 0
    """Of all chance."""

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ConfigError(f"most must be at least 1; got {self.most}")
        self.fillings  # noqa: B018 - checks n_draws

    @property
    def fillings(self) -> AblationConfig:
        """The settings of the fillings."""
        return AblationConfig(n_draws=self.n_draws, seed=self.seed)


class MotifEffects(NamedTuple):
    """What motifs do for maps."""

    motifs: pd.DataFrame
    """:data:`MOTIF_COLUMNS`, the largest ratio first."""
    instances: pd.DataFrame
    """:data:`INSTANCE_EFFECT_COLUMNS`."""


def disrupt_motifs(
    model: nn.Module,
    codes: Codes,
    instances: pd.DataFrame,
    *,
    config: MotifEffectConfig = MotifEffectConfig(),
    asking: Asking = BOTH_STRANDS,
    progress: Progress | None = None,
) -> MotifEffects:
    """Write random bases over instances of motifs, one at a time, and over stretches by chance.

    Parameters
    ----------
    model
        Of contact maps.
    codes
        Windows, ``batch length``.
    instances
        ``row``, ``start``, ``end``, ``strand`` and ``name``: that of the motif. Stretches by chance touch no
        instance of their motif.
    config
        Fillings and numbers.
    asking
        Strands and batches.
    progress
        Told about edits done and to do.

    Raises
    ------
    InputError
        Where there are no instances.
    """
    table = check_sites(instances, len(codes), codes.shape[-1])
    if table.empty:
        raise InputError("there are no motif instances to take out")
    rng = np.random.default_rng(config.seed)
    edits = pd.concat(
        [_edits(str(name), own, codes.shape[-1], config, rng) for name, own in table.groupby("name", sort=True)],
        ignore_index=True,
    ).sort_values("row", kind="stable", ignore_index=True)
    disruption = np.empty(len(edits))
    for row, own in edits.groupby("row", sort=True):
        window = codes[int(str(row))]
        before = fold(model, window[None], asking=asking)[0]
        fillings = fillings_of(window, config=config.fillings, rng=rng)
        for at, start, end in zip(own.index, own["start"].tolist(), own["end"].tolist(), strict=True):
            edited = np.repeat(window[None], len(fillings), axis=0)
            edited[:, start:end] = fillings[:, start:end]
            maps = fold(model, edited, asking=asking)
            disruption[at] = float(change_from(before, maps).root_mean_square.mean())
            if progress is not None:
                progress(int(at) + 1, len(edits))
    edits = edits.assign(disruption=disruption)[list(INSTANCE_EFFECT_COLUMNS)]
    return MotifEffects(_summary(edits), edits)


def _edits(
    name: str, own: pd.DataFrame, length_bp: int, config: MotifEffectConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Instances of one motif, and as many stretches by chance in the same windows."""
    if len(own) > config.most:
        own = own.iloc[np.sort(rng.choice(len(own), size=config.most, replace=False))]
    chance = []
    for row, here in own.groupby("row", sort=True):
        width = int((here["end"] - here["start"]).median())
        for start in free_places(here, length_bp, n=len(here), rng=rng).tolist():
            chance.append((row, start, start + width, "."))
    others = pd.DataFrame(chance, columns=["row", "start", "end", "strand"]).assign(is_random=True)
    parts = [own[["row", "start", "end", "strand"]].assign(is_random=False), others]
    return pd.concat([part for part in parts if len(part)], ignore_index=True).assign(motif=name)


def _summary(edits: pd.DataFrame) -> pd.DataFrame:
    """One row per motif."""
    rows = []
    for name, own in edits.groupby("motif", sort=True):
        of_motif, of_chance = (
            own.loc[own["is_random"] == is_random, "disruption"].to_numpy() for is_random in (False, True)
        )
        nothing = of_chance.size == 0
        chance_mean = float("nan") if nothing else float(of_chance.mean())
        rows.append(
            {
                "motif": name,
                "n": of_motif.size,
                "mean": float(of_motif.mean()),
                "median": float(np.median(of_motif)),
                "random_mean": chance_mean,
                "random_median": float("nan") if nothing else float(np.median(of_chance)),
                "ratio": float(of_motif.mean()) / chance_mean if chance_mean else float("nan"),
                "p_value": float("nan")
                if nothing
                else float(mannwhitneyu(of_motif, of_chance, alternative="greater").pvalue),
            }
        )
    table = pd.DataFrame(rows)
    table["q_value"] = q_values(table["p_value"].to_numpy(np.float64))
    return table.sort_values("ratio", ascending=False, kind="stable", ignore_index=True)[list(MOTIF_COLUMNS)]
