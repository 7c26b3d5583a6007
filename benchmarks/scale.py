"""Memory, disk and time of every step against the length of the genome, and what that means for a human genome.

Simulates cells with ChIP-nexus of four factors (12 contigs, about 800 windows on peaks per megabase), runs the steps of
a small network one after the other, each in a process of its own, and watches its memory. Own memory is what no file
stands behind (RssAnon): the memory map of the genome is not part of it, for the system can drop its pages. A line
through the lengths gives MB per Mb of genome, and the human genome is put on it, with as many windows per megabase: 2.5
million, an upper bound. Own memory has a short peak while libraries are imported (about 590 MB), which fifty looks a
second may or may not see; a step that stays below it is flat. Simulations that are there already are taken up.

Usage: python benchmarks/scale.py [--out FOLDER] [--mb 12.5 25 50 100] [--processes 1] [--variants 2000]
[--threads 1] [--steps STEP ...]
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

HUMAN_MB = 3_100
N_CONTIGS = 12
STEPS = ("simulate", "prepare", "train", "predict", "evaluate", "contributions", "variants")
COLUMNS = ("mb", "step", "processes", "seconds", "own_mb", "resident_mb", "disk_mb", "n_items")


@dataclass
class Watched:
    """What a process and its children took."""

    seconds: float
    own_mb: float
    resident_mb: float


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, help="folder that is kept; by default, a temporary one")
    options.add_argument("--mb", type=float, nargs="+", default=[12.5, 25, 50, 100])
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--variants", type=int, default=2000)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--steps", nargs="+", default=list(STEPS), choices=STEPS)
    options.add_argument("--simulate", type=float, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.simulate is not None:
        simulate(given.simulate, given.out)
        return
    with TemporaryDirectory() as temporary:
        given.out = given.out or Path(temporary)
        measure_all(given)


def measure_all(given):
    """Every length and step; a row of the table each, as they come."""
    given.out.mkdir(parents=True, exist_ok=True)
    table = given.out / "scale.tsv"
    if not table.exists():
        table.write_text("\t".join(COLUMNS) + "\n")
    for mb in given.mb:
        for step in given.steps:
            row = measured(mb, step, given)
            with table.open("a") as file:
                file.write("\t".join(str(row[name]) for name in COLUMNS) + "\n")
            print("  ".join(f"{name} {row[name]}" for name in COLUMNS), flush=True)
    with table.open() as file:
        show(list(csv.DictReader(file, delimiter="\t")))


def simulate(mb, folder):
    """A cell of so many megabases and the run that goes with it, which trains for one epoch."""
    from cisgram.run.config import config_text
    from cisgram.run.demo_cell import cell_run_config
    from cisgram.simulate.cell import CellConfig, find_cell, simulate_cell

    config = replace(CellConfig.preset("large"), genome_bp=round(mb * 1e6), n_contigs=N_CONTIGS)
    files = find_cell(config, folder) or simulate_cell(config, folder)
    asked = cell_run_config(files)
    asked = replace(asked, training=replace(asked.training, epochs=1))
    asked = replace(asked, model=replace(asked.model, n_filters=8, n_dilated_layers=3))
    asked = replace(asked, contributions=replace(asked.contributions, max_windows=240))
    (folder / "config.toml").write_text(config_text(asked), encoding="utf-8")


def measured(mb, step, given):
    """Do one step and say what it took."""
    cell, run = given.out / f"cell_{mb:g}", given.out / f"run_{mb:g}"
    own, places = command(step, mb, cell, run, given)
    watched = watch(own, given.threads)
    manifest = json.loads((run / "manifest.json").read_text()) if (run / "manifest.json").is_file() else {}
    notes = manifest.get("steps", {}).get(step, {}).get("notes", {})
    return {
        "mb": mb,
        "step": step,
        "processes": given.processes,
        "seconds": round(watched.seconds, 1),
        "own_mb": round(watched.own_mb, 1),
        "resident_mb": round(watched.resident_mb, 1),
        "disk_mb": round(sum(size_of(place) for place in places) / 1e6, 1),
        "n_items": notes.get("n_windows", notes.get("n_candidates", given.variants if step == "variants" else "")),
    }


def command(step, mb, cell, run, given):
    """The command of a step and the places that it fills."""
    shared = ["--processes", str(given.processes)] if given.processes > 1 else []
    cisgram = [sys.executable, "-m", "cisgram"]
    if step == "simulate":
        return [sys.executable, __file__, "--out", str(cell), "--simulate", str(mb)], [cell]
    if step == "variants":
        vcf = fewer_variants(cell / "variants.vcf", given.variants)
        scored = run / "variants"
        more = ["--vcf", str(vcf), "--top", "0", "--n-null", "200", "--out", str(scored), "--quiet"]
        return [*cisgram, "variants", str(run), *more, *shared], [scored]
    target = str(cell / "config.toml") if step == "prepare" else str(run)
    out = ["--out", str(run)] if step == "prepare" else []
    places = {
        "prepare": ("examples",),
        "train": ("checkpoints",),
        "predict": ("predictions",),
        "evaluate": ("metrics.json",),
        "contributions": ("contributions.h5",),
    }[step]
    has_processes = shared if step in ("predict", "contributions") else []
    return [*cisgram, step, target, *out, "--again", "--quiet", *has_processes], [run / place for place in places]


def fewer_variants(vcf, n):
    """The first variants of a file, and its header."""
    lines = vcf.read_text().splitlines(keepends=True)
    header = [line for line in lines if line.startswith("#")]
    chosen = vcf.with_name(f"variants_{n}.vcf")
    chosen.write_text("".join(header + lines[len(header) : len(header) + n]))
    return chosen


def watch(command, threads):
    """Run a command and look at the memory of it and its children fifty times a second."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads)}
    environment |= {"OMP_WAIT_POLICY": "PASSIVE"}
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment)
    own = resident = 0.0
    while process.poll() is None:
        taken = [memory_of(one) for one in family(process.pid)]
        own, resident = max(own, sum(one[0] for one in taken)), max(resident, sum(one[1] for one in taken))
        time.sleep(0.02)
    if process.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return Watched(time.monotonic() - began, own, resident)


def family(pid):
    """A process and all that it started."""
    found = [pid]
    for one in found:
        try:
            found += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except OSError:
            continue
    return found


def memory_of(pid):
    """Own and resident memory in MB; 0 when it has ended."""
    try:
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return tuple(int(lines[name].split()[0]) / 1000 for name in ("RssAnon", "VmRSS"))
    except (OSError, KeyError):
        return 0.0, 0.0


def size_of(place):
    """Bytes of a file or folder."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(one.stat().st_size for one in files if one.is_file())


def show(rows):
    """Lines through the lengths, and the human genome on them."""
    print(f"\n| step | own memory, MB | MB per Mb | at {HUMAN_MB:,} Mb | resident | disk, MB per Mb | s per Mb |")
    print("|---|---|---|---|---|---|---|")
    for step in STEPS:
        chosen = {float(row["mb"]): row for row in rows if row["step"] == step}  # the last of each length
        if len(chosen) < 2:
            continue
        x = np.array(sorted(chosen))
        at = {
            name: np.array([float(chosen[mb][name]) for mb in x])
            for name in ("own_mb", "resident_mb", "disk_mb", "seconds")
        }
        slope = {name: np.polyfit(x, values, 1) for name, values in at.items()}
        human = np.polyval(slope["own_mb"], HUMAN_MB)
        shown = " ".join(f"{value:.0f}" for value in at["own_mb"])
        print(
            f"| {step} | {shown} | {slope['own_mb'][0]:.2f} | {human:,.0f} MB | "
            f"{' '.join(f'{value:.0f}' for value in at['resident_mb'])} | {slope['disk_mb'][0]:.2f} | "
            f"{slope['seconds'][0]:.2f} |"
        )


if __name__ == "__main__":
    main()
