"""Every question that the data doctor asks: what is asked, and what a warning and an error mean."""

from collections.abc import Mapping
from typing import NamedTuple


class Question(NamedTuple):
    """One question, in words for people."""

    asked: str
    """What is asked, one sentence."""
    warning: str
    """What a warning means; empty where there is none."""
    error: str
    """What an error means; empty where there is none."""


CHECKS: Mapping[str, Question] = {
    "contigs": Question(
        "Do all files speak of the contigs of the genome, with the same lengths?",
        "Contigs have other names and are matched, or some have no partner.",
        "No contig is the genome's, lengths differ (another assembly), or the split names contigs that are missing.",
    ),
    "assembly": Question(
        "Which known assembly is the genome, and are the other files of the same one?",
        "The name of a file says another assembly than the lengths of its contigs.",
        "A file belongs to another assembly than the genome, or reads lie on stretches of N, where none can be mapped.",
    ),
    "registration": Question(
        "Do all signals and peaks lie at the same base, or is one moved by a base (0-based against 1-based)?",
        "One of them may be moved by one or a few bases.",
        "One of them is moved against the others: what is trained on it is off by so many bases.",
    ),
    "strand_swap": Question(
        "Are the plus and the minus strand what they are called?",
        "The strands look exchanged, and the evidence is not strong.",
        "The strands of a replicate or a track are exchanged.",
    ),
    "depth": Question(
        "Are there enough reads to learn from?",
        "So few reads that the figures will be noisy.",
        "Too few reads to learn anything from, or none at all.",
    ),
    "complexity": Question(
        "How many of the reads are copies of each other?",
        "Many reads are copies: the library says less than its depth promises.",
        "Most reads are copies: the counts show the amplification, not the biology.",
    ),
    "read_shift": Question(
        "Do the cuts of the enzyme lie where the settings say, on both strands?",
        "The sequence around the cuts speaks for another shift.",
        "The sequence around the cuts speaks clearly for another shift: both strands are counted at different bases.",
    ),
    "replicates": Question(
        "Do replicates agree as well as their depth allows?",
        "Replicates agree less than the noise of counting explains.",
        "Replicates do not agree: one of them is not of this experiment, or has failed.",
    ),
    "mislabelled_replicate": Question(
        "Is every replicate more like its own mates than like another track?",
        "A replicate is about as much like another track as like its mates.",
        "A replicate is more like another track than like its mates: files or names are exchanged.",
    ),
    "peak_signal": Question(
        "Is there signal in the peaks?",
        "Many peaks have no more reads than what lies around them.",
        "Most peaks have no more reads than what lies around them: peaks and signal are not of one experiment.",
    ),
    "blow_ups": Question(
        "Do a few places hold a large part of the reads?",
        "A few places hold so many reads that they will rule the loss.",
        "A few places hold most of the reads: repeats or artefacts of the mapping.",
    ),
    "shared_sequences": Question(
        "Do sequences of the test part stand, exactly or nearly, in the training part too?",
        "Some do: the figures of the test part are too good by about that share.",
        "Many do: the figures of the test part say nothing of new sequences.",
    ),
    "negative_composition": Question(
        "Could GC content alone tell positives from negatives?",
        "It tells them apart in part.",
        "It tells most of them apart: a model would learn GC content.",
    ),
    "unknown_bases": Question(
        "How much of the sequence is N?",
        "A part of what the model reads is N.",
        "Most of what the model reads is N.",
    ),
    "blacklist": Question(
        "How much of what the model sees lies in excluded regions?",
        "A large share of windows is lost to them, or none of the regions lies on the genome.",
        "Nearly all windows are lost to them.",
    ),
    "labels": Question(
        "Can something be learnt of the labels: do they vary, and do copies of a sequence agree?",
        "A label hardly varies, or copies of a sequence have different labels.",
        "A label does not vary at all, or is not a number.",
    ),
    "contact_maps": Question(
        "Is the contact map balanced, and deep enough for bins of this width?",
        "Many bins are masked or have few contacts: the model learns noise.",
        "The map is not balanced, or nearly empty at this width of bins.",
    ),
    "disk": Question(
        "Is there room on the disk for what the run writes?",
        "It will be tight.",
        "There is not enough: the run would stop half-way.",
    ),
    "memory": Question(
        "Is there enough memory for the run?",
        "It will be tight.",
        "There is not enough: the run would be stopped by the system.",
    ),
    "time": Question(
        "How long will the run take on this machine?",
        "More than a day.",
        "",
    ),
}
"""The questions by name, in the order in which they are asked."""

OF_THE_MACHINE = frozenset({"disk", "memory", "time"})
"""Questions whose answers tell of the machine and the hour, not of the data."""
