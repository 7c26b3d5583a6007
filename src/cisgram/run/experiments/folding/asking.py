"""One question about folding, whole: opens the model, the genome and the sites that it needs, and asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import MotifInstances
from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.edits import instances_of
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.folding.composition import CompositionConfig
from cisgram.interpret.folding.insertion import PairInsertionConfig
from cisgram.interpret.folding.motif_effects import MotifEffectConfig
from cisgram.interpret.folding.saturation import StretchConfig
from cisgram.interpret.folding.site_effects import SiteEdit, SiteEditConfig
from cisgram.io.fasta import read_genome
from cisgram.run.experiments.folding.bases import bases
from cisgram.run.experiments.folding.edit import edit
from cisgram.run.experiments.folding.insert import insert
from cisgram.run.experiments.folding.keep import keep
from cisgram.run.experiments.folding.measured import MeasuredMaps
from cisgram.run.experiments.folding.model import FoldingModel, open_folding
from cisgram.run.experiments.folding.motifs import motifs
from cisgram.run.experiments.folding.stretches import stretches
from cisgram.run.experiments.folding.variants import AskedVariants, read_structural, variants
from cisgram.run.experiments.folding.windows import (
    FoldingWindows,
    PlaceSource,
    SiteSource,
    bed_sites,
    open_windows,
    sites_of,
)
from cisgram.run.experiments.motifs import motifs_asked


@dataclass(frozen=True)
class FoldQuestion:
    """What all edits share."""

    model: Path
    """Run folder or checkpoint."""
    out: Path
    """Folder for the results; made if it is not there."""
    genome: Path | None = None
    loci: tuple[str, ...] = ()
    n_random: int = 0
    contigs: tuple[str, ...] = ()
    sites: Path | None = None
    """BED file."""
    min_score: float | None = None
    motif_file: str | None = None
    motifs: tuple[str, ...] = ()
    """Letters, or names in the file."""
    p_value: float = 1e-5
    both_strands: bool = True
    batch: int = 16
    seed: int = 0

    @property
    def asking(self) -> Asking:
        """Strands and batches."""
        return Asking(both_strands=self.both_strands, batch_size=self.batch)

    @cached_property
    def known_motifs(self) -> list[Motif]:
        """The motifs that were named or given; none is legal."""
        return motifs_asked(self.motifs, self.motif_file) if self.motifs or self.motif_file is not None else []

    def require_genome(self) -> Path:
        """The FASTA file.

        Raises
        ------
        ConfigError
            Where none was given.
        """
        if self.genome is None:
            raise ConfigError("this edit is made in a genome: --genome FASTA")
        return self.genome

    def open_windows(self, model: FoldingModel) -> FoldingWindows:
        """Windows around the loci, or by chance."""
        source = PlaceSource(self.require_genome(), self.loci, self.n_random, self.contigs, self.seed)
        return open_windows(source, model.geometry)

    def open_sites(self, windows: FoldingWindows) -> pd.DataFrame:
        """Sites in windows: of the BED file if there is one, else hits of the motifs."""
        motifs = () if self.sites is not None else self.known_motifs
        return sites_of(windows, SiteSource(self.sites, motifs, self.p_value, self.min_score))

    def remarks(self, windows: FoldingWindows | None = None, sites: pd.DataFrame | None = None) -> dict[str, object]:
        """What a page says about windows and sites."""
        found: dict[str, object] = {}
        if windows is not None:
            where = ", ".join(self.loci) or f"by chance ({', '.join(self.contigs) or 'all contigs'})"
            found |= {"genome": self.genome, "windows": f"{len(windows.codes)}: {where}"}
        if sites is not None:
            of_hits = f"hits of {', '.join(one.name for one in self.known_motifs[:8])} with p <= {self.p_value:g}"
            found["sites"] = f"{len(sites)}: {self.sites if self.sites is not None else of_hits}"
        return found


def ask(
    question: FoldQuestion, what: str, options: Mapping[str, Any], *, progress: Progress | None = None
) -> dict[str, Any]:
    """Ask one question and write its results.

    Parameters
    ----------
    question
        Model, windows and sites.
    what
        ``delete``, ``invert``, ``insert``, ``shuffle-others``, ``stretches``, ``saturate``, ``motifs`` or ``variants``.
    options
        Those of the edit, by name: ``n_draws`` (delete, invert, shuffle-others, stretches, motifs), ``distance_bp``,
        ``n_copies``, ``n_backgrounds`` and ``gc`` (insert), ``width_bp`` (stretches), ``part_bp`` (saturate), ``most``
        (motifs), ``path``, ``measured`` and ``altered`` (variants).
    progress
        Told how far stretches and bases are.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    model = open_folding(question.model)
    if what == "insert":
        return _insert(question, model, **options)
    if what == "variants":
        return _variants(question, model, **options)
    windows = question.open_windows(model)
    asked: dict[str, Any] = {"asking": question.asking, "out": question.out}
    if what in ("stretches", "saturate"):
        asked |= {"notes": question.remarks(windows), "progress": progress}
        if what == "saturate":
            return bases(model, windows, **options, **asked)
        config = StretchConfig(seed=question.seed, **options)
        return stretches(model, windows, config=config, known=question.known_motifs, **asked)
    sites = question.open_sites(windows)
    asked["notes"] = question.remarks(windows, sites)
    own = {**options, "seed": question.seed}
    verbs: dict[str, Callable[[], dict[str, Any]]] = {
        "delete": lambda: edit(model, windows, sites, config=_site_edit("delete", own), **asked),
        "invert": lambda: edit(model, windows, sites, config=_site_edit("invert", own), **asked),
        "shuffle-others": lambda: keep(model, windows, sites, config=CompositionConfig(**own), **asked),
        "motifs": lambda: motifs(model, windows, sites, config=MotifEffectConfig(**own), **asked),
    }
    if what not in verbs:
        raise ConfigError(f"no edit is called {what!r}; see the list of --edit")
    return verbs[what]()


def _site_edit(what: SiteEdit, options: Mapping[str, Any]) -> SiteEditConfig:
    return replace(SiteEditConfig(edit=what), **options)


def _insert(
    question: FoldQuestion, model: FoldingModel, *, distance_bp: int, n_copies: int, n_backgrounds: int, gc: float
) -> dict[str, Any]:
    """Of one motif, its most frequent bases."""
    found = question.known_motifs
    if len(found) != 1:
        names = ", ".join(one.name for one in found[:8]) or "none"
        raise ConfigError(f"insert takes one motif: --motif LETTERS, or --motif NAME of --motif-file; got {names}")
    (own,) = found
    config = PairInsertionConfig(distance_bp=distance_bp, n_copies=n_copies, seed=question.seed)
    instances: MotifInstances = instances_of(own, 1, rng=np.random.default_rng(question.seed))
    return insert(
        model,
        instances,
        config=config,
        n_backgrounds=n_backgrounds,
        gc=gc,
        asking=question.asking,
        out=question.out,
        notes={"site": f"{own.name}: {own.consensus()}"},
    )


def _variants(
    question: FoldQuestion,
    model: FoldingModel,
    *,
    path: Path | None,
    measured: tuple[Path, ...] = (),
    altered: tuple[Path, ...] = (),
) -> dict[str, Any]:
    """With sites beneath the maps where a BED file is given, and what was measured where maps are."""
    if path is None:
        raise ConfigError("--edit variants needs a file of structural variants: --variants FILE")
    genome = read_genome(question.require_genome())
    found = read_structural(path, genome)
    sites = None if question.sites is None else bed_sites(question.sites, genome, min_score=question.min_score)
    maps = MeasuredMaps(measured, altered) if measured or altered else None
    notes = {"genome": question.genome, "variants": f"{len(found)}: {path}"}
    for what, files in (("measured maps", measured), ("measured maps with the variants", altered)):
        notes |= {what: ", ".join(map(str, files))} if files else {}
    asked, own = AskedVariants(found, sites, maps), {"out": question.out, "notes": notes, "seed": question.seed}
    return variants(model, genome, asked, asking=question.asking, **own)
