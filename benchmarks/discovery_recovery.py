"""How weak and how rare a planted motif may be until discovery no longer finds it.

Random motifs of ten columns are planted in a share of 500 sequences of 100 bp (uniform bases), at falling information
content and frequency; five seeds each. A motif counts as found if a significant one is like it (Pearson correlation
of the aligned columns at least 0.8). The last row of the table has nothing planted: there, any motif is a false one.

Usage::

    python benchmarks/discovery_recovery.py [--method em|gibbs] [--model oops|zoops|anr]

The last result stands in benchmarks/README.md.
"""

import argparse
import logging

from cisgram.genomics.motif_alignment import align
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.discover import discover_motifs
from cisgram.simulate.motif_sets import PlantingConfig, plant_motifs, random_motif

BITS, SHARES, SEEDS, WIDTH = (1.6, 1.3, 1.0, 0.8, 0.6), (0.8, 0.4, 0.2, 0.1, 0.05), range(5), 10


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--method", default="em")
    options.add_argument("--model", default="zoops")
    given = options.parse_args()
    logging.disable(logging.INFO)
    print("| bits per column | " + " | ".join(f"{share:.0%} of the sequences" for share in SHARES) + " |")
    print("|---|" + "---|" * len(SHARES))
    for bits in BITS:
        cells = []
        for share in SHARES:
            found = [correlation(bits, share, seed, given) for seed in SEEDS]
            n = sum(value >= 0.8 for value in found)
            cells.append(f"{n} of {len(found)} (r {sum(found) / len(found):.2f})")
        print(f"| {bits} | {' | '.join(cells)} |", flush=True)
    false = sum(bool(search(None, 0.0, seed, given).motifs) for seed in range(40))
    print(f"nothing planted: {false} of 40 searches report a motif")


def correlation(bits, share, seed, given):
    """Pearson correlation of the planted motif with the most similar one found; 0 if none is found."""
    planted = random_motif("planted", length_bp=WIDTH, bits_per_column=bits, seed=seed)
    found = search(planted, share, seed, given).motifs
    return max((align(one.motif, planted).correlation for one in found), default=0.0)


def search(planted, share, seed, given):
    motifs = [] if planted is None else [planted]
    sequences = plant_motifs(motifs, config=PlantingConfig(share=share, seed=seed)).sequences
    config = DiscoveryConfig(n_motifs=2, seed=seed, method=given.method, occurrence=given.model)
    return discover_motifs(sequences, config=config)


if __name__ == "__main__":
    main()
