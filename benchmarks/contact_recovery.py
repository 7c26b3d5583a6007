"""Whether what was planted in a simulated contact map comes back through the whole chain of steps on a map.

The map (``cisgram simulate --kind contacts --preset map``: 24 Mb in bins of 2 kb) is balanced, and expected contacts,
compartments, insulation, nested domains, loops, the directions of CTCF sites at their anchors and a pile-up on them
are found and compared with the truth; beside each, the same with the truth moved along its contigs by a third. Loops
and domains are then found again in maps drawn from what is expected (up to 1 Mb) with other depths, and in one without
noise, which shows what depth cannot mend.

Usage::

    python benchmarks/contact_recovery.py [--folder FOLDER] [--depths 1,4,16] [--seed 1]

where FOLDER holds an earlier simulation. The last result stands in benchmarks/README.md.
"""

import argparse
import logging
import tempfile
import warnings
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import CisgramWarning
from cisgram.genomics.contacts import ContactMap
from cisgram.hic.anchors import orientation_enrichment
from cisgram.hic.balance import balance
from cisgram.hic.compartments import compartments
from cisgram.hic.domains import DomainConfig, nested_domains
from cisgram.hic.expected import expected_cis
from cisgram.hic.insulation import InsulationConfig, boundaries, insulation
from cisgram.hic.loops import LoopConfig, call_loops
from cisgram.hic.pileup import PileupConfig, pileup
from cisgram.hic.pileup_strength import loop_strength
from cisgram.io.cool import open_cool
from cisgram.io.tables import read_intervals, read_table
from cisgram.simulate.contact_cells import ContactConfig, simulate_contacts
from cisgram.simulate.contact_files import ContactFiles
from cisgram.simulate.recovery import (
    boundary_recovery,
    compartment_recovery,
    convergent_share,
    decay_slope,
    loop_recovery,
    weight_recovery,
)

WINDOWS_BINS, COMPARTMENT_BINS, FARTHEST_BP = (10, 25), 25, 1_000_000
STRENGTHS = (1.5, 2.5, 3.0, 3.5, 4.0, 5.0, np.inf)


class Truth(NamedTuple):
    """What was planted, in tables."""

    bins: pd.DataFrame
    boundaries: pd.DataFrame
    domains: pd.DataFrame
    loops: pd.DataFrame
    sites: pd.DataFrame
    sizes: dict[str, int]
    bin_size: int


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--folder", type=Path, help="an earlier simulation")
    options.add_argument("--depths", default="1,4,16", help="depths of further maps, relative to that of the first")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    logging.disable(logging.INFO)
    warnings.simplefilter("ignore", CisgramWarning)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "map"
        files = ContactFiles.load(folder) if given.folder else simulate_contacts(preset(given.seed), folder)
        truth = read_truth(files)
        source, found = balanced(open_cool(files.contacts).in_memory())
        calls = whole_chain(source, found.weights, truth, open_cool(files.expected))
        print("\n| loops and domains | " + " | ".join(loop_columns()) + " |")
        print("|---|" + "---|" * len(loop_columns()))
        print(f"| the map | {' | '.join(loops_and_domains(source, truth, calls))} |", flush=True)
        for depth in [float(text) for text in given.depths.split(",") if text]:
            again = balanced(redrawn(files, truth, depth, rng=np.random.default_rng(given.seed)))[0]
            print(f"| drawn, depth x {depth:g} | {' | '.join(loops_and_domains(again, truth))} |", flush=True)
        ceiling = balanced(redrawn(files, truth, 1000.0, rng=None))[0]
        print(f"| without noise | {' | '.join(loops_and_domains(ceiling, truth))} |", flush=True)
        unfiltered = loops_and_domains(ceiling, truth, call(ceiling, is_filtered=False))
        print(f"| without noise, least enrichments not asked for | {' | '.join(unfiltered)} |", flush=True)


def preset(seed):
    return ContactConfig.preset("map", seed=seed)


def read_truth(files):
    bins, sites = read_table(files.bins), read_intervals(files.sites)
    sizes = {str(chrom): int(end) for chrom, end in bins.groupby("chrom", sort=False)["end"].max().items()}
    bin_size = int(bins["end"].iloc[0] - bins["start"].iloc[0])
    places = read_table(files.boundaries), read_intervals(files.domains), read_table(files.loops)
    return Truth(bins, *places, sites, sizes, bin_size)


def balanced(source):
    """The map with weights of our own, and how they were found."""
    found = balance(source.with_weights(None))
    return source.with_weights(found.weights), found


def call(source, *, is_filtered=True):
    """Loops of up to 1 Mb."""
    config = LoopConfig(outer=7, inner=4, max_distance_bp=FARTHEST_BP, is_filtered=is_filtered)
    return call_loops(source, expected_cis(source), config)


def whole_chain(source, weights, truth, ideal):
    """Print what each step gives back; returns the loops."""
    print("| step | measure | found | truth moved |\n|---|---|---|---|")
    bin_size, expected = truth.bin_size, expected_cis(source)
    planted = truth.bins["weight"].to_numpy()
    row("balance", "r of ln weights", *(weight_recovery(one, weights) for one in (planted, np.roll(planted, 4000))))
    slopes = [slope(table, truth) for table in (expected, expected_cis(ideal))]
    row("expected", f"slope from 8 to 80 kb (planted {slopes[1]:.3f})", slopes[0])
    for measure, values in compartment_rows(source, truth).items():
        row("compartments", measure, *values)
    strong = truth.sites[truth.sites["score"] > 300][["chrom", "start", "end"]]
    tolerance = int(1.5 * bin_size)
    for window in (n * bin_size for n in WINDOWS_BINS):
        called = boundaries(insulation(source, InsulationConfig((window,))), window)
        pairs = [(truth.boundaries, strong), (moved(truth.boundaries, truth), moved(strong, truth))]
        recovered = [boundary_recovery(a, called, tolerance_bp=tolerance, tolerated=b) for a, b in pairs]
        recall, precision = ([getattr(one, name) for one in recovered] for name in ("recall", "precision"))
        name = f"insulation, {window // 1000} kb ({len(called)} boundaries)"
        row(name, f"recall of {recovered[0].n_planted} borders within a bin", *recall)
        row(name, "precision (strong sites within a domain are right too)", *precision)
    calls, anchors = call(source), truth.sites[truth.sites["score"] > 100]
    near, far = 2.5 * bin_size, moved(truth.loops, truth)
    recovered = [loop_recovery(one, calls, tolerance_bp=int(near)) for one in (truth.loops, far)]
    row(f"loops ({len(calls)})", f"recall of {len(truth.loops)} within two bins", *(one.recall for one in recovered))
    row(f"loops ({len(calls)})", "precision", *(one.precision for one in recovered))
    shares = [convergent_share(calls, one, tolerance_bp=int(near)) for one in (anchors, moved(anchors, truth))]
    row("anchors", "convergent, of loops with sites at both", *shares)
    kinds = orientation_enrichment(calls, anchors, slack_bp=2 * bin_size).set_index("orientation")
    row("anchors", "convergent (chance: strands exchanged)", *kinds.loc["convergent", ["share", "expected_share"]])
    for name, loops in (("planted", truth.loops), ("called", calls)):
        config = PileupConfig(flank_bp=10 * bin_size, n_controls=5)
        piled = pileup(source, loops, config=config)
        scores = [loop_strength(mean, center_bins=3).score for mean in (piled.mean, piled.control)]
        row(f"pile-up on {name} loops", "middle over corners (chance: random places)", *scores)
    return calls


def row(step, measure, value, chance=None):
    print(f"| {step} | {measure} | {value:.3f} | {'' if chance is None else f'{chance:.3f}'} |", flush=True)


def slope(expected, truth):
    """Of the first contig, between 4 and 40 bins."""
    own = expected[expected["region1"] == next(iter(truth.sizes))]
    columns = (own[name].to_numpy(float) for name in ("dist", "balanced.avg"))
    return decay_slope(*columns, least=4, most=40)


def compartment_rows(source, truth):
    """Eigenvectors of bins 25 times as wide beside the mean compartment of their bins."""
    from cisgram.hic.zoom import zoom_levels

    wide = balanced(next(iter(zoom_levels(source, [COMPARTMENT_BINS * truth.bin_size]))))[0]
    vectors = by_contig(compartments(wide).vectors, "E1")
    planted = {}
    for chrom, values in by_contig(truth.bins, "compartment").items():
        groups = np.arange(values.size) // COMPARTMENT_BINS
        planted[chrom] = np.bincount(groups, values) / np.bincount(groups)
    shifted = {chrom: np.roll(values, len(values) // 3) for chrom, values in planted.items()}
    found = [compartment_recovery(one, vectors) for one in (planted, shifted)]
    name = f"E1 in bins of {COMPARTMENT_BINS * truth.bin_size // 1000} kb"
    return {f"{name}, {what}": [getattr(one, what) for one in found] for what in ("correlation", "accuracy")}


def by_contig(table, column):
    return {str(chrom): own[column].to_numpy(float) for chrom, own in table.groupby("chrom", sort=False)}


def moved(table, truth):
    """Places or pairs moved along their contigs by a third of them, around the end."""
    table = table.copy()
    names = [name for name in ("start", "start1") if name in table]
    size = table["chrom" if "chrom" in table else "chrom1"].map(truth.sizes)
    last = table["end" if "end" in table else "end2"]
    step = (table[names[0]] + size // 3) % (size - (last - table[names[0]])) - table[names[0]]
    for name in ("start", "end", "start1", "end1", "start2", "end2"):
        if name in table:
            table[name] += step
    return table


def redrawn(files, truth, depth, *, rng):
    """A map drawn from what is expected, near the diagonal, with the depth of the first one times a number.

    Without a generator, the expected contacts themselves, rounded.
    """
    first, ideal = open_cool(files.contacts), open_cool(files.expected)
    visible, parts = truth.bins["visibility"].to_numpy(), []
    for chrom in ideal.bins.chroms:
        own, bins = ideal.cis(chrom), ideal.bins.slice_of(chrom)
        seen = visible[bins]
        rate = own.counts * seen[own.bin1] * seen[own.bin2]
        counted, farthest = first.cis(chrom), (own.bin2 - own.bin1).max()
        total = counted.counts[counted.bin2 - counted.bin1 <= farthest].sum()
        rate = rate * (depth * total / rate.sum())
        counts = np.rint(rate).astype(np.int64) if rng is None else rng.poisson(rate)
        at = counts > 0
        parts.append((own.bin1[at] + bins.start, own.bin2[at] + bins.start, counts[at]))
    return ContactMap(ideal.bins, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def loop_columns():
    strengths = [f"{low:g} to {high:g}" for low, high in pairwise(STRENGTHS)]
    strengths[-1] = f"above {STRENGTHS[-2]:g}"
    names = ["loops", "precision", "recall", *(f"of enrichment {text}" for text in strengths)]
    return [*names, "domains", "recall of planted domains", "recall of loop domains", "precision of domains"]


def loops_and_domains(source, truth, calls=None):
    """One row of the second table."""
    calls = call(source) if calls is None else calls
    near = {"tolerance_bp": int(2.5 * truth.bin_size)}
    whole = loop_recovery(truth.loops, calls, **near)
    cells = [str(len(calls)), f"{whole.precision:.2f}", f"{whole.recall:.2f}"]
    for low, high in pairwise(STRENGTHS):
        own = truth.loops[(truth.loops["enrichment"] >= low) & (truth.loops["enrichment"] < high)]
        cells.append(f"{loop_recovery(own, calls, **near).recall:.2f} of {len(own)}")
    found = ends(nested_domains(source, expected_cis(source), DomainConfig.for_bins(truth.bin_size)))
    flat, loops = ends(truth.domains), ends(spans(truth.loops))
    recalls = [loop_recovery(one, found, **near).recall for one in (flat, loops)]
    chance = [
        loop_recovery(ends(moved(one, truth)), found, **near).recall for one in (truth.domains, spans(truth.loops))
    ]
    precision = loop_recovery(flat, found, tolerated=loops, **near).precision
    shares = [f"{value:.2f} (moved {random:.2f})" for value, random in zip(recalls, chance, strict=True)]
    return [*cells, str(len(found)), *shares, f"{precision:.2f}"]


def spans(loops):
    """The stretch between the two anchors of a loop, a domain inside of another."""
    return pd.DataFrame({"chrom": loops["chrom1"], "start": loops["start1"], "end": loops["end2"]})


def ends(domains):
    """Both ends of domains as pairs."""
    columns = {f"{side}{n}": domains[end] for n, end in ((1, "start"), (2, "end")) for side in ("start", "end")}
    return pd.DataFrame({"chrom1": domains["chrom"], "chrom2": domains["chrom"]} | columns)


if __name__ == "__main__":
    main()
