"""One promoter: saliency over readings, the elements that stand out, and what the signal is without each of them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes, Totals
from cisgram.errors import ConfigError
from cisgram.genomics.promoter_study import ELEMENT_COLUMNS, KNOWN_COLUMNS, PromoterStudy, distance_from
from cisgram.interpret.saliency.deletion import DeletedSignal, StretchDeletionConfig, delete_stretches
from cisgram.interpret.saliency.elements import ElementConfig, bin_statistics, call_elements, summed_over
from cisgram.interpret.saliency.geometry import BinGeometry, bin_geometry
from cisgram.interpret.saliency.gradients import Reference, Saliency, saliency
from cisgram.interpret.saliency.question import EnsembleConfig, SignalQuestion
from cisgram.run.experiments.trained import TrainedModel


@dataclass(frozen=True)
class DistalConfig:
    """How promoters are asked about.

    Raises
    ------
    ConfigError
        Where a setting is out of its range.
    """

    ensemble: EnsembleConfig = field(default_factory=EnsembleConfig)
    elements: ElementConfig = field(default_factory=ElementConfig)
    deletion: StretchDeletionConfig = field(default_factory=StretchDeletionConfig)
    reference: Reference = "median"
    """What a bin is compared with: the median bin of the window, or zeros (the published form)."""
    promoter_bp: int = 1000
    """Elements whose middle lies within so many bp of the TSS are the promoter's own, all others distal."""
    n_controls: int = 20
    """Stretches by chance in each window, shuffled as elements are; 0 for none."""
    delete_known: bool = True
    """Whether elements that are given are shuffled too."""

    def __post_init__(self) -> None:
        if self.promoter_bp < 0 or self.n_controls < 0:
            raise ConfigError(
                f"promoter_bp and n_controls must not be negative; got {self.promoter_bp} and {self.n_controls}"
            )


class StudiedPromoter:
    """A promoter that is being asked about.

    Parameters
    ----------
    trained
        The model.
    promoter
        A row of :data:`cisgram.run.experiments.distal.promoters.PROMOTER_COLUMNS`.
    codes
        Its window.
    tracks
        Numbers of tracks.
    config
        How it is asked about.
    """

    def __init__(
        self,
        trained: TrainedModel,
        promoter: Mapping[Hashable, Any],
        codes: SequenceCodes,
        *,
        tracks: Sequence[int],
        config: DistalConfig,
    ) -> None:
        self.trained, self.promoter, self.codes, self.config = trained, promoter, codes, config
        self.geometry: BinGeometry = bin_geometry(trained.module)
        self.start, self.tss = int(str(promoter["start"])), int(str(promoter["tss"]))
        asked = tuple(int(str(promoter[name])) for name in ("asked_start", "asked_end"))
        bins = self.geometry.predicted_bins(asked[0] - self.start, asked[1] - self.start)
        self.question = SignalQuestion(bins, tuple(tracks), trained.strand_pairs)
        self.asked = asked[0], asked[1]
        self.names = tuple(trained.track_names[track] for track in tracks)
        self.around = self.tss - self.start - config.promoter_bp, self.tss - self.start + config.promoter_bp + 1

    def study(self, known: pd.DataFrame | None, *, contig_bp: int) -> tuple[PromoterStudy, Saliency, pd.DataFrame]:
        """The study, the saliency behind it, and its bins as a table (places of the genome, ``gene`` and ``track``).

        Bins beyond an end of the contig have none.

        Parameters
        ----------
        known
            Interval table of elements that are known, of any contig; None for none.
        contig_bp
            Length of the promoter's contig.
        """
        found = saliency(
            self.trained.module,
            self.codes,
            question=self.question,
            ensemble=self.config.ensemble,
            reference=self.config.reference,
        )
        signal = found.signal.mean(axis=0, dtype=np.float64)
        places = self.start + self.geometry.bin_size * np.arange(self.geometry.n_input_bins)
        found.bins[..., (places < 0) | (places + self.geometry.bin_size > contig_bp)] = 0
        bins = [
            bin_statistics(
                found.bins[:, track], signal=float(one), bin_size=self.geometry.bin_size, promoter=self.around
            )
            for track, one in enumerate(signal)
        ]
        study = PromoterStudy(
            name=str(self.promoter["name"]),
            chrom=str(self.promoter["chrom"]),
            tss=self.tss,
            strand=str(self.promoter["strand"]),
            start=self.start,
            bin_size=self.geometry.bin_size,
            crop=self.geometry.crop,
            asked=self.asked,
            tracks=self.names,
            signal=signal,
            rates=found.rates.astype(np.float64),
            saliency=found.bins.mean(axis=0, dtype=np.float64),
            elements=self._elements(bins),
            known=self._known(bins, known),
        )
        return study, found, self._bin_table(bins)

    def _elements(self, bins: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Elements of all tracks with what their deletion does, by track and saliency."""
        called = pd.concat(
            [call_elements(own, config=self.config.elements).assign(number=n) for n, own in enumerate(bins)],
            ignore_index=True,
        )
        if called.empty:
            return pd.DataFrame({name: [] for name in ELEMENT_COLUMNS})
        deleted = self._deleted(called)
        folds = deleted.log2_folds[np.arange(len(called)), :, called["number"].to_numpy()]
        chance = self._controls(called)
        rows = []
        for row, one in enumerate(called.to_dict("records")):
            mean, number = float(folds[row].mean()), int(one["number"])
            distance = self._distance(one)
            rows.append(
                {
                    **self._about(number, one),
                    **{name: one[name] for name in ("saliency", "relative", "peak_z", "p_value", "q_value")},
                    "distance_bp": distance,
                    "kind": "promoter" if abs(distance) <= self.config.promoter_bp else "distal",
                    "deletion_log2": mean,
                    "deletion_low": float(folds[row].min()),
                    "deletion_high": float(folds[row].max()),
                    "deletion_p": _empirical_p(mean, chance[:, number]) if len(chance) else float("nan"),
                }
            )
        return pd.DataFrame(rows, columns=list(ELEMENT_COLUMNS))

    def _known(self, bins: Sequence[pd.DataFrame], known: pd.DataFrame | None) -> pd.DataFrame:
        """Known elements of the window, the promoter's own surroundings left out."""
        nothing = pd.DataFrame({name: [] for name in KNOWN_COLUMNS})
        if known is None:
            return nothing
        end = self.start + self.codes.size
        own = known[known["chrom"].eq(str(self.promoter["chrom"]))]
        own = own[(own["start"] >= self.start) & (own["end"] <= end)]
        near = np.abs((own["start"] + own["end"]) // 2 - self.tss) <= self.config.promoter_bp
        own = own[~near]
        if own.empty:
            return nothing
        places = own.assign(start=own["start"] - self.start, end=own["end"] - self.start).reset_index(drop=True)
        folds = self._deleted(places).log2_folds.mean(axis=1) if self.config.delete_known else None
        names = own["name"].astype(str).to_numpy() if "name" in own else np.full(len(own), ".")
        rows = []
        for number, table in enumerate(bins):
            sums = {name: summed_over(table, places, name) for name in ("saliency", "relative")}
            for row, one in enumerate(places.to_dict("records")):
                more = {name: float(values[row]) for name, values in sums.items()}
                fold = float("nan") if folds is None else float(folds[row, number])
                about = {**self._about(number, one), "name": names[row], "distance_bp": self._distance(one)}
                rows.append({**about, **more, "deletion_log2": fold})
        return pd.DataFrame(rows, columns=list(KNOWN_COLUMNS))

    def _controls(self, called: pd.DataFrame) -> np.ndarray:
        """log2 folds of the signal when stretches by chance are shuffled, ``stretch track``.

        They are as wide as the elements are in the median, distal, and touch no element.
        """
        size, length = self.geometry.bin_size, self.codes.size
        width = max(int((called["end"] - called["start"]).median()), size)
        starts = np.arange(0, length - width + 1, size)
        is_free = (starts + width <= self.around[0]) | (starts >= self.around[1])
        for start, end in called[["start", "end"]].itertuples(index=False):
            is_free &= (starts + width <= start) | (starts >= end)
        free = starts[is_free]
        n = min(self.config.n_controls, len(free))
        if not n:
            return np.zeros((0, len(self.names)))
        rng = np.random.default_rng([self.config.deletion.seed, self.tss])
        chosen = np.sort(rng.choice(free, size=n, replace=False))
        return self._deleted(pd.DataFrame({"start": chosen, "end": chosen + width})).log2_folds.mean(axis=1)

    def _deleted(self, places: pd.DataFrame) -> DeletedSignal:
        """The signal without stretches of the window."""
        stretches = places[["start", "end"]].to_numpy(dtype=np.int64)
        ensemble = EnsembleConfig(both_strands=self.config.ensemble.both_strands, jitter_bp=(0,))
        options = {"question": self.question, "config": self.config.deletion, "ensemble": ensemble}
        return delete_stretches(self.trained.module, self.codes, stretches, **options)

    def _bin_table(self, bins: Sequence[pd.DataFrame]) -> pd.DataFrame:
        tables = []
        for number, own in enumerate(bins):
            placed = own.assign(start=own["start"] + self.start, end=own["end"] + self.start)
            about = {"gene": self.promoter["name"], "track": self.names[number], "chrom": self.promoter["chrom"]}
            for at, (name, value) in enumerate(about.items()):
                placed.insert(at, name, value)
            tables.append(placed)
        return pd.concat(tables, ignore_index=True)

    def _about(self, number: int, place: Mapping[Hashable, Any]) -> dict[str, object]:
        """Promoter, track and place in the genome."""
        start, end = (int(str(place[name])) + self.start for name in ("start", "end"))
        promoter = {"gene": self.promoter["name"], "strand": self.promoter["strand"], "tss": self.tss}
        where = {"chrom": self.promoter["chrom"], "start": start, "end": end}
        return {**promoter, "track": self.names[number], **where}

    def _distance(self, place: Mapping[Hashable, Any]) -> int:
        start, end = (int(str(place[name])) + self.start for name in ("start", "end"))
        return distance_from(self.tss, str(self.promoter["strand"]), start, end)


def _empirical_p(value: float, chance: Totals) -> float:
    """Share of values by chance at least as far from 0, the value itself counted among them."""
    return float((1 + (np.abs(chance) >= abs(value)).sum()) / (1 + len(chance)))
