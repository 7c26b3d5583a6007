"""Pairs of yeast promoters that differ in one to three bases: measured change of expression beside predicted.

Vaishnav et al. (2022) measured random promoters of 110 bp and mutants of each (2,983 pairs in complex, 2,986 in defined
medium). Their tables give the mutant's sequence and which bases were put where; the promoter before mutation follows
from its other mutants, which have it at all places but their own. Effects here are mutant minus promoter (the tables'
``delta`` is the other way round). None of these promoters, nor anything within 30 substitutions of one, is among the
promoters that ``configs/yeast_promoters.toml`` learns from; this is checked.

Usage::

    python benchmarks/yeast_promoters.py pairs OUT.tsv [--data FOLDER] [--medium complex|defined]
    cisgram run configs/yeast_promoters.toml --data FOLDER --out RUN
    cisgram variants RUN --pairs OUT.tsv --one-strand --measured OUT.tsv --beside published \
        --motif-file FOLDER/motifs/JASPAR2024_CORE_fungi_nr.meme --out FOLDER_OF_RESULTS

The last result stands in benchmarks/README.md.
"""

import argparse
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.io.tables import write_table

FILES = {
    "complex": "yeast_promoter_Drift_testdata.csv.gz",
    "defined": "yeast_promoter_Drift_testdata_defined_media.csv.gz",
}
FIRST = 17
"""Where the part that was mutated begins in the 110 bp."""


def main():
    given = arguments()
    table = pairs_of(pd.read_csv(given.data / "variants" / FILES[given.medium], index_col=0))
    others = pd.read_csv(given.data / "seqlabels/yeast_mpra/vaishnav2022_test_promoters.tsv.gz", sep="\t")
    nearest = least_distance(others.loc[others["set"] != "Drift", "sequence"], table["alt_sequence"])
    write_table(given.out, table)
    print(f"{len(table):,} pairs of {table['ref_sequence'].nunique():,} promoters: {given.out}")
    print(f"the nearest promoter to learn from differs in {nearest} bases from the nearest mutant")


def pairs_of(measured):
    """A row per mutant: name, both sequences, measured and published change, number of changed bases."""
    rows = []
    n_unknown = 0
    for _, own in measured.groupby("baseSeq", sort=False):
        before = promoter_before(own)
        if before is None:
            n_unknown += len(own)
            continue
        rows += [
            (
                row["origID"],
                before,
                row["seq110"],
                row["meanEL.mut"] - row["meanEL.base"],
                row["edvPred.mut"] - row["edvPred.base"],
                row["mutDesc"].count(".") + 1,
            )
            for _, row in own.iterrows()
        ]
    print(f"{n_unknown} mutants left out: a base of their promoter is mutated in all of its mutants")
    return pd.DataFrame(rows, columns=["name", "ref_sequence", "alt_sequence", "measured", "published", "n_changed"])


def promoter_before(own):
    """The promoter whose mutants these are, or None where a base is not known."""
    letters = np.array([list(one) for one in own["seq110"]])
    is_mutated = np.zeros(letters.shape, dtype=bool)
    for row, change in enumerate(own["mutDesc"]):
        for place, base in re.findall(r"(\d+)([ACGT])", change):
            is_mutated[row, FIRST + int(place)] = True
            assert letters[row, FIRST + int(place)] == base, "a mutation is not where the table says"
    found = [set(letters[~is_mutated[:, place], place]) for place in range(letters.shape[1])]
    if any(not bases for bases in found):
        return None
    assert all(len(bases) == 1 for bases in found), "mutants of one promoter differ elsewhere"
    return "".join(bases.pop() for bases in found)


def least_distance(learnt, held_out):
    """Fewest substitutions between a sequence of one set and one of the other; all have one length."""
    learnt, held_out = (
        np.frombuffer("".join(one).encode(), dtype=np.uint8).reshape(len(one), -1) for one in (learnt, held_out)
    )
    return min(int((learnt != one).sum(axis=1).min()) for one in held_out)


def arguments():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["pairs"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", "../shared/data")))
    parser.add_argument("--medium", choices=list(FILES), default="complex")
    return parser.parse_args()


if __name__ == "__main__":
    main()
