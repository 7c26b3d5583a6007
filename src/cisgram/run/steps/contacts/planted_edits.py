"""What deleting or inverting a site does to held-out windows: as predicted, beside what it does to the simulation."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import PairValues, SequenceCodes, Totals
from cisgram.data.contact_store import ContactLayout
from cisgram.data.contact_targets import ContactTargetConfig, contact_target
from cisgram.errors import EmptySetError
from cisgram.genomics.contact_pairs import square_of
from cisgram.genomics.genome import Genome
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.prediction import fold
from cisgram.interpret.folding.scores import corner_at
from cisgram.io.cool import open_cool
from cisgram.io.tables import read_intervals, read_table
from cisgram.run.steps.contacts.maps import expected_of
from cisgram.simulate.contact_contig import FoldingConfig
from cisgram.simulate.contact_edits import invert_span, shuffle_span, simulate_locus
from cisgram.simulate.contact_files import ContactFiles, read_contact_truth
from cisgram.simulate.extrusion import ExtrusionConfig

EDITS = ("deleted", "inverted")

N_LOCI = 40
"""Windows with an edited site, at most."""

FLANK_BINS = 80
"""Bins on either side that are folded with a window: rings come in from there."""

_LEAST_BINS = 8
"""Loops that are edited are as long as this, so that their corner stands away from the diagonal."""

_SEEDS = (1, 2)
_N_SNAPSHOTS = 500


@dataclass(frozen=True, eq=False)
class EditedLoci:
    """True and predicted changes of windows, ``locus edit pair`` (:data:`EDITS`), natural-log units.

    Parameters
    ----------
    loci
        ``window``, ``start``, ``end`` (of the site, bp from the window's first base), ``one`` and ``other`` (bins of
        the corner).
    true
        Two runs of the simulation: ``run locus edit pair``.
    predicted
        Of the model.
    layout
        Geometry of the windows.
    """

    loci: pd.DataFrame
    true: np.ndarray
    predicted: np.ndarray
    layout: ContactLayout

    def corners(self, changes: np.ndarray) -> Totals:
        """Change of the corner of every locus and edit."""
        layout = self.layout
        found = []
        for locus, (one, other) in enumerate(self.loci[["one", "other"]].to_numpy().tolist()):
            for change in changes[locus]:
                square = square_of(np.asarray(change, dtype=np.float64), layout.n_bins, layout.diagonal_offset)
                found.append(corner_at(square[None, None], one, other)[0, 0])
        return np.array(found)


def choose_loci(files: ContactFiles, windows: pd.DataFrame, layout: ContactLayout, *, n_loci: int) -> pd.DataFrame:
    """Take from windows that are evenly spread the loop that is held longest, and one of the sites at its ends.

    Left and right anchors take turns. Windows at the end of a contig, without flanks, and windows without a loop of
    whose anchor the site is known are left out.

    Parameters
    ----------
    files
        The simulation.
    windows
        Interval table.
    layout
        Geometry of the windows.
    n_loci
        At most so many.

    Returns
    -------
    pandas.DataFrame
        ``window``, ``start``, ``end``, ``one``, ``other``.
    """
    sites, loops = read_intervals(files.sites), read_table(files.loops)
    sites = sites.assign(middle=(sites["start"] + sites["end"]) // 2)
    sizes = read_contact_truth(files.truth)["contigs"]
    rows = []
    columns = (windows[name].tolist() for name in ("chrom", "start", "end"))
    for number, (chrom, start, end) in enumerate(zip(*columns, strict=True)):
        flank_bp = FLANK_BINS * layout.bin_size
        if start < flank_bp or end + flank_bp > sizes[chrom]:
            continue
        first, last = start + layout.crop_bp, end - layout.crop_bp
        is_in = loops["chrom1"].eq(chrom) & (loops["start1"] >= first) & (loops["end2"] <= last)
        found = _longest_held(loops[is_in], sites[sites["chrom"].eq(chrom)], layout.bin_size, side=len(rows) % 2)
        if found is not None:
            site_start, site_end, *anchors = found
            bins = [(anchor - first) // layout.bin_size for anchor in anchors]
            rows.append((number, site_start - start, site_end - start, *bins))
    table = pd.DataFrame(rows, columns=["window", "start", "end", "one", "other"])
    taken = np.unique(np.linspace(0, len(table) - 1, min(n_loci, len(table))).round().astype(int))
    return table.iloc[taken].reset_index(drop=True)


def _longest_held(
    loops: pd.DataFrame, sites: pd.DataFrame, bin_size: int, *, side: int
) -> tuple[int, int, int, int] | None:
    """Start and end of the strongest site at one end of the loop that is held longest, and both anchors, in bp."""
    loops = loops[loops["start2"] - loops["start1"] >= _LEAST_BINS * bin_size]
    if loops.empty:
        return None
    best = int(np.argmax(loops["held"].to_numpy()))
    anchors = [int(loops[name].to_numpy()[best]) for name in ("start1", "start2")]
    is_at = sites["middle"].between(anchors[side], anchors[side] + bin_size - 1) & sites["strand"].eq("+-"[side])
    if not is_at.any():
        return None
    near = sites[is_at]
    strongest = int(np.argmax(near["score"].to_numpy()))
    start, end = (int(near[name].to_numpy()[strongest]) for name in ("start", "end"))
    return start, end, anchors[0], anchors[1]


def edit_loci(
    model: nn.Module,
    genome: Genome,
    files: ContactFiles,
    *,
    windows: pd.DataFrame,
    layout: ContactLayout,
    targets: ContactTargetConfig,
    asking: Asking,
    n_loci: int = N_LOCI,
) -> EditedLoci:
    """Delete and invert a site of some windows, and ask the model and the simulation for the change.

    Parameters
    ----------
    model
        An Akita.
    genome
        Of the simulation.
    files
        The simulation.
    windows
        Interval table of windows held out.
    layout
        Their geometry.
    targets
        How the model's targets were made: changes are told in the same units.
    asking
        How the model is asked.
    n_loci
        At most so many loci.

    Raises
    ------
    EmptySetError
        Where no window has a loop with room around it.
    """
    loci = choose_loci(files, windows, layout, n_loci=n_loci)
    if loci.empty:
        raise EmptySetError("windows with a planted loop and room around them", dropped={"others": len(windows)})
    simulation = _Simulation(files, targets)
    true, forms = [], []
    for number, start, end in loci[["window", "start", "end"]].to_numpy().tolist():
        window = windows.iloc[number]
        flank = FLANK_BINS * layout.bin_size
        codes = genome.codes(str(window["chrom"]), int(window["start"]) - flank, int(window["end"]) + flank)
        site = (start + flank, end + flank)
        variants = [codes, shuffle_span(codes, *site), invert_span(codes, *site)]
        maps = [[simulation.target(one, window, layout=layout, seed=seed) for one in variants] for seed in _SEEDS]
        true.append([[after - run[0] for after in run[1:]] for run in maps])
        forms += [one[flank:-flank] for one in variants]
    predicted = fold(model, np.stack(forms), asking=asking)[:, 0].reshape(len(loci), 1 + len(EDITS), -1)
    return EditedLoci(loci, np.swapaxes(np.array(true), 0, 1), predicted[:, 1:] - predicted[:, :1], layout)


def edit_figures(edited: EditedLoci) -> dict[str, Any]:
    """How predicted changes agree with true ones.

    Returns
    -------
    dict
        ``n_loci``, ``flank_bins`` and ``edits``: for each edit, over all pairs of bins of all loci, ``pearson`` with
        the truth and ``ceiling`` (what two runs of the simulation, each of so many snapshots, say of their mean),
        the median over loci, ``corner_pearson``, ``corner_sign`` (share of loci whose corner changes in the true
        direction), mean corner changes, and ``corners``: the true and the predicted one of every locus.
    """
    mean = edited.true.mean(axis=0)
    corners = [edited.corners(one).reshape(-1, len(EDITS)) for one in (mean, edited.predicted)]
    rows = []
    for number, edit in enumerate(EDITS):
        true, predicted = mean[:, number], edited.predicted[:, number]
        runs = [one[:, number].ravel() for one in edited.true]
        between = _pearson(*runs)
        known = np.isfinite(corners[0][:, number])
        true_corner, own_corner = (one[known, number] for one in corners)
        rows.append(
            {
                "edit": edit,
                "pearson": _pearson(true.ravel(), predicted.ravel()),
                "ceiling": float(np.sqrt(max(2 * between / (1 + between), 0.0))),
                "median_pearson": float(np.median([_pearson(*one) for one in zip(true, predicted, strict=True)])),
                "corner_pearson": _pearson(true_corner, own_corner),
                "corner_sign": float((np.sign(true_corner) == np.sign(own_corner)).mean()),
                "true_corner": float(true_corner.mean()),
                "predicted_corner": float(own_corner.mean()),
                "corners": [[float(a), float(b)] for a, b in zip(true_corner, own_corner, strict=True)],
            }
        )
    return {"n_loci": len(edited.loci), "flank_bins": FLANK_BINS, "edits": rows}


class _Simulation:
    """How the genome was folded, and how its contacts become targets."""

    def __init__(self, files: ContactFiles, targets: ContactTargetConfig) -> None:
        config = read_contact_truth(files.truth)["config"]
        folding = config["folding"]
        self.config = FoldingConfig(**{**folding, "extrusion": ExtrusionConfig(**folding["extrusion"])})
        self.strength = float(config["compartments"]["strength"])
        self.bins = read_table(files.bins)
        self.targets = ContactTargetConfig(expected=targets.expected, clip=targets.clip, min_counts=0)
        self.expected = cache(lambda chrom: expected_of(open_cool(files.expected).cis(chrom), self.targets))

    def target(self, codes: SequenceCodes, window: pd.Series, *, layout: ContactLayout, seed: int) -> PairValues:
        """Log observed over expected of a window, folded with its flanks, without noise but that of the rings."""
        own = self.bins.loc[self.bins["chrom"].eq(window["chrom"]), "compartment"].to_numpy()
        first = int(window["start"]) // layout.bin_size
        n_bins = layout.input_length // layout.bin_size
        folded = simulate_locus(
            codes,
            config=self.config,
            compartment=own[first - FLANK_BINS : first + n_bins + FLANK_BINS],
            strength=self.strength,
            n_snapshots=_N_SNAPSHOTS,
            seed=seed,
        )
        inner = slice(FLANK_BINS, FLANK_BINS + n_bins)
        contacts = np.ascontiguousarray(folded.contacts[inner, inner])
        return contact_target(
            contacts,
            contacts,
            crop_bins=layout.crop_bp // layout.bin_size,
            diagonal_offset=layout.diagonal_offset,
            expected=self.expected(str(window["chrom"])),
            config=self.targets,
        )


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's r; 0 where one does not vary."""
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0
