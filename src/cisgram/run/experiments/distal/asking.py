"""Ask a model which elements promoters use, and write what it says: tables, tracks, arcs and a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError
from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.interval import Interval
from cisgram.genomics.promoter_study import PromoterStudy
from cisgram.interpret.saliency.geometry import bin_geometry
from cisgram.io.bigwig import write_bigwig_windows
from cisgram.io.file_names import file_name_from
from cisgram.io.promoter_studies import write_promoter_study
from cisgram.io.tables import write_table
from cisgram.io.tables.bedpe import write_bedpe
from cisgram.report.distal_plots import PromoterPicture
from cisgram.report.experiments.distal import distal_findings, joined_elements, write_distal_report
from cisgram.report.map_view import map_view
from cisgram.run.experiments.distal.promoters import Promoters
from cisgram.run.experiments.distal.study import DistalConfig, StudiedPromoter
from cisgram.run.experiments.trained import TrainedModel
from cisgram.training.gene_agreement import assays_of

MOST_TRACKS = 12
"""Assays (strand pairs count once) of a model that are all asked about unless some are named."""


@dataclass(frozen=True, eq=False)
class AskedPromoters:
    """What is asked, and what pictures show besides.

    Parameters
    ----------
    promoters
        Promoters with their windows.
    tracks
        Names of tracks; if none is given, of each assay the track of the promoter's strand.
    config
        How they are asked about.
    known
        Interval table of elements that are known; None for none.
    contacts
        A contact map for the pictures; None for none.
    """

    promoters: Promoters
    tracks: tuple[str, ...] = ()
    config: DistalConfig = field(default_factory=DistalConfig)
    known: pd.DataFrame | None = field(default=None, repr=False)
    contacts: ContactSource | None = None


def ask_distal(
    trained: TrainedModel,
    asked: AskedPromoters,
    *,
    out: Path,
    notes: Mapping[str, object],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Ask about promoters, one after the other.

    Writes ``elements.tsv``, ``bins.tsv.gz``, ``known.tsv`` where elements were given, ``links.bedpe`` (promoter to
    element, score: saliency as a share of the signal), of each track ``saliency.TRACK.bw`` (per bin, in units of the
    signal; the mean where windows overlap) and ``bases.TRACK.bw`` (per base), the tables behind each picture in
    ``promoters``, and ``report.html``.

    Parameters
    ----------
    trained
        A Basenji.
    asked
        Promoters, tracks and settings.
    out
        Folder; made if it is not there.
    notes
        What to state about where promoters and elements come from.
    progress
        Told about promoters done and to do.

    Returns
    -------
    dict
        A summary that JSON knows.

    Raises
    ------
    ConfigError
        Where a track is not known, or a model of many tracks is asked without naming some.
    """
    writer = _Collected(trained, asked)
    rows = asked.promoters.table.to_dict("records")
    for number, promoter in enumerate(rows):
        tracks = tracks_of(trained, str(promoter["strand"]), asked.tracks)
        one = StudiedPromoter(trained, promoter, asked.promoters.codes[number], tracks=tracks, config=asked.config)
        writer.add(one, contig_bp=asked.promoters.genome.sizes[str(promoter["chrom"])])
        if progress is not None:
            progress(number + 1, len(rows))
    return writer.write(out, notes)


def tracks_of(trained: TrainedModel, strand: str, names: Sequence[str]) -> list[int]:
    """Numbers of the tracks that a promoter is asked about: those that are named, else the assays of its strand.

    Where both strands of an assay are named, that of the promoter is asked about.

    Raises
    ------
    ConfigError
        Where a name is unknown or comes twice, or there are more assays than :data:`MOST_TRACKS`.
    """
    pairs = trained.strand_pairs or tuple(range(len(trained.track_names)))
    if names:
        if len(set(names)) < len(names) or (unknown := sorted(set(names) - set(trained.track_names))):
            wrong = "each once" if len(set(names)) < len(names) else f"the model has no {', '.join(unknown)}"
            raise ConfigError(f"--tracks: {wrong}; it has {', '.join(trained.track_names[:MOST_TRACKS])}")
        named = [trained.track_names.index(name) for name in names]
        both = [one for one in assays_of(trained.track_names, pairs) if {one.plus, one.minus} <= set(named)]
        other = {"+": "minus", "-": "plus"}.get(strand)
        antisense = {getattr(one, other) for one in both if one.plus != one.minus} if other else set()
        return [one for one in named if one not in antisense]
    assays = assays_of(trained.track_names, pairs)
    if len(assays) > MOST_TRACKS:
        raise ConfigError(f"this model has {len(assays)} assays; name those to ask: --tracks {trained.track_names[0]}")
    wanted = {"+": ("plus",), "-": ("minus",)}.get(strand, ("plus", "minus"))
    return list(dict.fromkeys(getattr(assay, side) for assay in assays for side in wanted))


class _Collected:
    """Studies as they come, and what is written of them.

    Parameters
    ----------
    trained, asked
        As in :func:`ask_distal`.
    """

    def __init__(self, trained: TrainedModel, asked: AskedPromoters) -> None:
        self.trained, self.asked = trained, asked
        self.studies: list[PromoterStudy] = []
        self.bins: list[pd.DataFrame] = []
        self.bases: list[np.ndarray] = []

    def add(self, one: StudiedPromoter, *, contig_bp: int) -> None:
        """Ask about one more promoter."""
        study, found, bins = one.study(self.asked.known, contig_bp=contig_bp)
        self.studies.append(study)
        self.bins.append(bins)
        self.bases.append(found.bases)

    def write(self, out: Path, notes: Mapping[str, object]) -> dict[str, Any]:
        """Write all files; returns the summary."""
        out.mkdir(parents=True, exist_ok=True)
        config = self.asked.config
        about = {"model": self.trained.path, "model_sha256": self.trained.sha256, "seed": config.deletion.seed}
        elements = joined_elements(self.studies)
        write_table(out / "elements.tsv", elements, provenance=about)
        write_table(out / "bins.tsv.gz", pd.concat(self.bins, ignore_index=True), provenance=about)
        if self.asked.known is not None:
            known = [one.known for one in self.studies]
            table = pd.concat([one for one in known if len(one)] or known[:1], ignore_index=True)
            write_table(out / "known.tsv", table, provenance=about)
        for number, study in enumerate(self.studies, start=1):
            write_promoter_study(out / "promoters", study, number=number)
        links = [one.links(track) for one in self.studies for track in one.tracks]
        write_bedpe(out / "links.bedpe", pd.concat([one for one in links if len(one)] or links[:1], ignore_index=True))
        for track in dict.fromkeys(name for one in self.studies for name in one.tracks):
            self._write_tracks(out, track)
        findings = distal_findings(self.studies)
        pictures = [self._picture(study) for study in self.studies]
        write_distal_report(out / "report.html", pictures, settings={**self._settings(), **notes})
        return {
            "report": str(out / "report.html"),
            "findings": findings,
            "n_promoters": len(self.studies),
            "n_distal": int(elements["kind"].eq("distal").sum()),
        }

    def _write_tracks(self, out: Path, track: str) -> None:
        """Saliency of one track, by bin and by base."""
        own = [
            (study, study.tracks.index(track), bases)
            for study, bases in zip(self.studies, self.bases, strict=True)
            if track in study.tracks
        ]
        places = {"chrom": [one.chrom for one, *_ in own], "start": [one.start for one, *_ in own]}
        table = pd.DataFrame({**places, "end": [one.end for one, *_ in own]})
        sizes, name = dict(self.asked.promoters.genome.sizes), file_name_from(track)
        by_bin = np.stack([np.repeat(one.saliency[number], one.bin_size) for one, number, _ in own])
        write_bigwig_windows(out / f"saliency.{name}.bw", sizes, table, by_bin)
        by_base = np.stack([bases[number] for _, number, bases in own])
        write_bigwig_windows(out / f"bases.{name}.bw", sizes, table, by_base)

    def _picture(self, study: PromoterStudy) -> PromoterPicture:
        """What is drawn of a promoter."""
        locus, view = Interval(study.chrom, max(study.start, 0), study.end), None
        if self.asked.contacts is not None and study.chrom in self.asked.contacts.bins.sizes:
            end = min(study.end, self.asked.contacts.bins.size_of(study.chrom))
            inside = Interval(study.chrom, locus.start, end)
            view = map_view(self.asked.contacts, inside, "contacts", distance=len(locus) // 2)
        genes = self.asked.promoters.annotation
        return PromoterPicture(study, genes, self.asked.known, view, self.asked.config.promoter_bp)

    def _settings(self) -> dict[str, object]:
        """What the page says about the question."""
        config, geometry = self.asked.config, bin_geometry(self.trained.module)
        return {
            "model": f"{self.trained.path} (reads {geometry.input_length:,} bp in bins of {geometry.bin_size} bp)",
            "windows read": config.ensemble.description,
            "a bin is compared with": "the median bin of its window" if config.reference == "median" else "zeros",
            "elements": f"|z| >= {config.elements.min_z:g} and q <= {config.elements.max_q:g}, the first "
            f"{config.elements.most} of each promoter and track",
            "deletion": f"{config.deletion.n_draws} dinucleotide shuffles of the element, {config.n_controls} "
            "stretches by chance beside it",
            "the promoter's own": f"within {config.promoter_bp:,} bp of the TSS",
        }
