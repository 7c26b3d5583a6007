"""Run every benchmark, one after the other; without a peer, those that compare time cisgram alone or are left out.

Usage: python -m benchmarks [--bpnetlite PYTHON] [--genvarloader PYTHON] [--lsgkm FOLDER] [--cooltools PYTHON]
[--data FOLDER], where PYTHON is an interpreter that has the peer (bpnet-lite and GenVarLoader clash with each other's
pins, and cooltools with pandas 3, so each lives in an environment of its own), the first FOLDER holds gkmtrain and
gkmpredict, and the second the measured data, without which what needs them is left out.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bpnetlite", help="python with bpnet-lite")
    options.add_argument("--genvarloader", help="python with genvarloader")
    options.add_argument("--lsgkm", help="folder with gkmtrain and gkmpredict")
    options.add_argument("--cooltools", help="python with cooler and cooltools")
    options.add_argument("--data", help="folder of measured data")
    given = options.parse_args()
    peer = ["--peer", given.bpnetlite] if given.bpnetlite else []
    loaders = ["--bpnetlite", given.bpnetlite] if given.bpnetlite else []
    loaders += ["--genvarloader", given.genvarloader] if given.genvarloader else []
    runs = {
        "readers_vs_peers.py": [],
        "loader_vs_peers.py": loaders,
        "training_vs_bpnetlite.py": peer,
        "training_basset.py": [],
        "akita_step.py": [],
        "basenji_step.py": [],
        "binned_windows.py": [],
        "denoising.py": [],
        "fit_overhead.py": [],
        "filter_influence.py": [],
        "mutagenesis.py": [],
        "variants.py": [],
        "scale.py": ["--mb", "3", "6"],
        "spacing.py": [],
        "attribution_vs_tangermeme.py": [],
        "scan_vs_memelite.py": [],
        "discovery_recovery.py": [],
        "contact_recovery.py": [],
        "contact_maps.py": ["--peer", given.cooltools] if given.cooltools else [],
    }
    if given.data:
        runs["discovery_on_measured_data.py"] = ["--data", given.data]
        lsgkm = ["--lsgkm", given.lsgkm] if given.lsgkm else []
        runs["gkmsvm_vs_lsgkm.py"] = ["--data", given.data, "--gue", *lsgkm]
        runs["merging_peaks.py"] = ["--data", given.data]
        runs["chromatin_states.py"] = ["--data", given.data]
        runs["baselines_for_tables.py"] = ["--data", given.data]
        runs["labelled_sequences.py"] = ["--data", given.data]
        runs["basenji_choices.py"] = ["--data", given.data]
    if peer:
        runs["parity_with_bpnetlite.py"] = peer
    failed = []
    for script, arguments in runs.items():
        print(f"\n== {script}", flush=True)
        done = subprocess.run([sys.executable, str(HERE / script), *arguments], check=False)
        failed += [script] if done.returncode else []
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
