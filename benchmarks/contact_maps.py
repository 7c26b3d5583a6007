"""Seconds that steps on a contact map take here and in cooler / cooltools, and how far the numbers differ.

The map is drawn: three contigs of 8 Mb in bins of 2 kb (5.1 million pixels), contacts falling with distance, bins of
unlike visibility, and contacts between contigs. Each side reads the file itself, the two take turns, and what both
have compiled or imported before the first round is not counted. Ratios are of medians.

Usage::

    python benchmarks/contact_maps.py [--peer PYTHON] [--rounds N] [--steps balance,expected] [--map FILE]

where PYTHON has cooler and cooltools, which needs pandas < 3; without it, cisgram alone is timed.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line does, before threads start

from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.balance import BalanceConfig, balance
from cisgram.hic.compartments import compartments
from cisgram.hic.expected import expected_cis
from cisgram.hic.insulation import InsulationConfig, insulation
from cisgram.hic.loops import LoopConfig, call_loops
from cisgram.hic.saddle import saddle
from cisgram.io.cool import open_cool, write_cool

WINDOWS_BP = (20_000, 50_000, 100_000)


class Step(NamedTuple):
    """One thing that is timed on both sides."""

    ours: Callable[[Path], dict[str, np.ndarray]]
    """File -> numbers by name."""
    theirs: str
    """The same as the body of a function of ``path``, which returns such a dict; for the peer's interpreter."""


def our_balance(path):
    return {"weights": balance(open_cool(path, weight=None), BalanceConfig(contacts="cis")).weights}


THEIR_BALANCE = """
import cooler
return {"weights": cooler.balance_cooler(cooler.Cooler(path), cis_only=True)[0]}
"""


def our_expected(path):
    table = expected_cis(open_cool(path))
    return {name: table[name].to_numpy(float) for name in ("n_valid", "balanced.sum", "balanced.avg.smoothed.agg")}


THEIR_EXPECTED = """
import cooler, cooltools
table = cooltools.expected_cis(cooler.Cooler(path))
return {name: table[name].to_numpy(float) for name in ("n_valid", "balanced.sum", "balanced.avg.smoothed.agg")}
"""


def our_insulation(path):
    table = insulation(open_cool(path), InsulationConfig(windows_bp=WINDOWS_BP))
    return {name: table[name].to_numpy(float) for name in table.columns[4:]}


THEIR_INSULATION = """
import cooler, cooltools
table = cooltools.insulation(cooler.Cooler(path), [20_000, 50_000, 100_000], ignore_diags=2)
return {name: table[name].to_numpy(float) for name in table.columns[4:]}
"""


def our_loops(path):
    source = open_cool(path)
    config = LoopConfig(outer=5, inner=2, is_filtered=False)
    table = call_loops(source, expected_cis(source), config).sort_values(["chrom1", "start1", "start2"])
    return {name: table[name].to_numpy(float) for name in ("start1", "start2", "count", "la_exp.donut.value")}


THEIR_LOOPS = """
import cooler, cooltools
from cooltools.api.dotfinder import recommend_kernels
clr = cooler.Cooler(path)
table = cooltools.dots(clr, cooltools.expected_cis(clr), kernels=recommend_kernels(10_000), cluster_filtering=False)
table = table.sort_values(["chrom1", "start1", "start2"])
return {name: table[name].to_numpy(float) for name in ("start1", "start2", "count", "la_exp.donut.value")}
"""


def our_compartments(path):
    vectors = compartments(open_cool(path)).vectors
    return {name: vectors[name].abs().to_numpy() for name in ("E1",)}


THEIR_COMPARTMENTS = """
import cooler, cooltools
vectors = cooltools.eigs_cis(cooler.Cooler(path), n_eigs=3)[1]
return {name: vectors[name].abs().to_numpy() for name in ("E1",)}
"""


def our_saddle(path):
    source = open_cool(path)
    track = np.sin(np.arange(source.bins.n_bins) / 300)
    found = saddle(source, expected_cis(source), track)
    return {"sums": found.sums, "pairs": found.counts}


THEIR_SADDLE = """
import cooler, cooltools
clr = cooler.Cooler(path)
track = clr.bins()[:][["chrom", "start", "end"]]
track["value"] = np.sin(np.arange(len(track)) / 300)
found = cooltools.saddle(clr, cooltools.expected_cis(clr), track, "cis", n_bins=38, qrange=(0.025, 0.975))
return {"sums": found[0], "pairs": found[1]}
"""

STEPS = {
    "balance": Step(our_balance, THEIR_BALANCE),
    "expected": Step(our_expected, THEIR_EXPECTED),
    "insulation": Step(our_insulation, THEIR_INSULATION),
    "loops": Step(our_loops, THEIR_LOOPS),
    "compartments": Step(our_compartments, THEIR_COMPARTMENTS),
    "saddle": Step(our_saddle, THEIR_SADDLE),
}
"""Every step by its name."""

_PEER = """
import json, logging, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
def step(path):
{body}
step(sys.argv[1])
for line in sys.stdin:
    start = time.perf_counter()
    found = step(line.strip())
    seconds = time.perf_counter() - start
    np.savez(sys.argv[2], **found)
    print(json.dumps(seconds), flush=True)
"""


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peer", help="python with cooler and cooltools")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--steps", default=",".join(STEPS))
    options.add_argument("--map", type=Path, help="a .cool of your own, balanced")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small = written_map(Path(folder) / "small.cool", n_bins=200)
        path = given.map or written_map(Path(folder) / "drawn.cool", n_bins=4000)
        for name in given.steps.split(","):
            compare(name, path, small, Path(folder) / "found.npz", given)


def compare(name, path, small, stored, given):
    """Time one step on both sides, in turns."""
    step = STEPS[name]
    step.ours(small)
    peer = start_peer(step, given.peer, small, stored) if given.peer else None
    ours, theirs, found = [], [], {}
    for _ in range(given.rounds):
        if peer:
            peer.stdin.write(f"{path}\n")
            peer.stdin.flush()
            theirs.append(json.loads(peer.stdout.readline()))
        start = time.perf_counter()
        found = step.ours(path)
        ours.append(time.perf_counter() - start)
    line = f"{name}: {statistics.median(ours):.3f} s"
    if peer:
        peer.communicate()
        with np.load(stored) as there:
            differences = {key: difference(found[key], there[key]) for key in there.files}
        ratio = statistics.median(theirs) / statistics.median(ours)
        worst = max(differences, key=differences.get)
        line += f", peer {statistics.median(theirs):.3f} s ({ratio:.1f} x); largest difference {differences[worst]:.1e}"
        line += f" ({worst})"
    print(line, flush=True)


def start_peer(step, python, small, stored):
    """The peer, warm, waiting for files."""
    body = "\n".join(f"    {line}" for line in step.theirs.strip().splitlines())
    code = _PEER.replace("{body}", body)
    command = [python, "-c", code, str(small), str(stored)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def difference(one, other):
    """Largest relative difference; infinite where NaN stand in other places."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    if one.shape != other.shape or not np.array_equal(np.isnan(one), np.isnan(other)):
        return float("inf")
    scale = np.maximum(np.abs(other), 1e-300)
    return float(np.nanmax(np.where(one == other, 0, np.abs(one - other) / scale), initial=0))


def written_map(path, *, n_bins, seed=0):
    """A drawn map with weights, as a .cool file."""
    drawn = power_law_map(n_bins=n_bins, seed=seed)
    found = balance(drawn)
    write_cool(path, drawn.bins, drawn.pixels(), weights=found.weights, attributes=found.attributes())
    return path


def power_law_map(*, n_bins, n_contigs=3, bin_size=2000, depth=60.0, trans=0.02, seed=0):
    """Contacts by chance that fall with distance, between bins of unlike visibility; a few between contigs."""
    rng = np.random.default_rng(seed)
    bins = ContactBins({f"chr{number + 1}": n_bins * bin_size for number in range(n_contigs)}, bin_size)
    visible = np.exp(rng.normal(0, 0.3, bins.n_bins))
    visible[rng.random(bins.n_bins) < 0.02] *= 0.02
    parts = []
    for contig in range(n_contigs):
        first = contig * n_bins
        own = visible[first : first + n_bins]
        for distance in range(n_bins):
            counts = rng.poisson(depth / (1 + distance) ** 0.9 * own[: n_bins - distance] * own[distance:])
            at = np.flatnonzero(counts)
            parts.append((first + at, first + at + distance, counts[at]))
        for other in range(contig + 1, n_contigs):
            at = np.unique(rng.integers(0, n_bins**2, int(n_bins**2 * trans)))
            parts.append((first + at // n_bins, other * n_bins + at % n_bins, np.ones(len(at), int)))
    bin1, bin2, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((bin2, bin1))
    return ContactMap(bins, bin1[order], bin2[order], counts[order].astype(np.int32))


if __name__ == "__main__":
    main()
