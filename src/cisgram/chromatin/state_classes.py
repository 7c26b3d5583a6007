"""What textbooks expect of each kind of chromatin: which marks it has, which it lacks, and its usual colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Group = Literal["promoter", "enhancer", "transcribed", "insulator", "polycomb", "heterochromatin", "quiescent", "other"]

GROUPS: tuple[Group, ...] = (
    "promoter",
    "enhancer",
    "transcribed",
    "insulator",
    "polycomb",
    "heterochromatin",
    "quiescent",
    "other",
)
"""In the order in which pictures show them."""


@dataclass(frozen=True)
class StateClass:
    """A kind of chromatin.

    Parameters
    ----------
    short
        Its mnemonic, as the maps of the Roadmap project have it where they know it.
    name
        In words.
    group
        What it belongs to.
    color
        Usual colour, ``#rrggbb``.
    defining
        Marks without which it cannot be told: expected level, 0 to 1.
    expected
        Further marks that speak for or against it: expected level, 0 to 1.
    why
        What is known of it, as part of a sentence.
    """

    short: str
    name: str
    group: Group
    color: str
    defining: Mapping[str, float]
    expected: Mapping[str, float]
    why: str


_NO_ACTIVE: Mapping[str, float] = {"H3K4me3": 0, "H3K4me1": 0, "H3K27ac": 0, "H3K9ac": 0, "H3K4me2": 0}
_OWN: Mapping[str, float] = {"H3K9me3": 0, "input": 0}

STATE_CLASSES = (
    StateClass(
        "TssA",
        "active promoter",
        "promoter",
        "#ff0000",
        {"H3K4me3": 1},
        {"H3K27ac": 1, "H3K9ac": 1, "H3K4me2": 1, "accessible": 1, "H3K27me3": 0, "H3K36me3": 0, **_OWN},
        "H3K4me3 with acetylation marks promoters in use",
    ),
    StateClass(
        "TssFlnk",
        "promoter flank or weak promoter",
        "promoter",
        "#ff4500",
        {"H3K4me3": 0.6},
        {"H3K4me2": 0.8, "H3K4me1": 0.5, "H3K27ac": 0.1, "H3K9ac": 0.2, "H3K27me3": 0, "H3K36me3": 0, **_OWN},
        "H3K4me3 beside H3K4me1 or without much acetylation is found beside starts and at weak promoters",
    ),
    StateClass(
        "TssBiv",
        "bivalent promoter",
        "promoter",
        "#cd5c5c",
        {"H3K4me3": 0.8, "H3K27me3": 0.8},
        {"H3K27ac": 0, "H3K9ac": 0.1, "H3K36me3": 0, **_OWN},
        "H3K4me3 together with H3K27me3 marks poised promoters of developmental genes",
    ),
    StateClass(
        "EnhA",
        "active enhancer",
        "enhancer",
        "#ffc34d",
        {"H3K4me1": 1, "H3K27ac": 0.8},
        {"H3K4me3": 0.2, "H3K4me2": 0.7, "H3K27me3": 0, "H3K36me3": 0, "accessible": 0.8, **_OWN},
        "H3K4me1 with H3K27ac and little H3K4me3 marks enhancers in use",
    ),
    StateClass(
        "EnhG",
        "genic enhancer",
        "enhancer",
        "#c2e105",
        {"H3K4me1": 0.7, "H3K36me3": 0.8},
        {"H3K4me3": 0, "H3K27me3": 0, **_OWN},
        "H3K4me1 inside H3K36me3 marks enhancers in bodies of transcribed genes",
    ),
    StateClass(
        "EnhWk",
        "weak or primed enhancer",
        "enhancer",
        "#ffff00",
        {"H3K4me1": 0.6},
        {"H3K27ac": 0, "H3K9ac": 0, "H3K4me3": 0, "H3K4me2": 0.2, "H3K27me3": 0, "H3K36me3": 0, **_OWN},
        "H3K4me1 without acetylation marks weak or primed enhancers",
    ),
    StateClass(
        "EnhBiv",
        "bivalent enhancer",
        "enhancer",
        "#bdb76b",
        {"H3K4me1": 0.8, "H3K27me3": 0.8},
        {"H3K4me3": 0, "H3K27ac": 0, "H3K36me3": 0, **_OWN},
        "H3K4me1 together with H3K27me3 marks poised enhancers",
    ),
    StateClass(
        "Tx",
        "strong transcription",
        "transcribed",
        "#008000",
        {"H3K36me3": 1},
        {**_NO_ACTIVE, "H3K27me3": 0, **_OWN},
        "H3K36me3 is laid down behind elongating polymerase, in bodies of transcribed genes",
    ),
    StateClass(
        "TxWk",
        "weak transcription",
        "transcribed",
        "#006400",
        {"H3K36me3": 0.5},
        {**_NO_ACTIVE, "H3K27me3": 0, **_OWN},
        "little H3K36me3 and nothing else is found in bodies of weakly transcribed genes",
    ),
    StateClass(
        "CTCF",
        "insulator",
        "insulator",
        "#0abefe",
        {"CTCF": 1},
        {**_NO_ACTIVE, "H3K36me3": 0, "H3K27me3": 0, **_OWN},
        "CTCF alone marks insulators and anchors of loops",
    ),
    StateClass(
        "ReprPC",
        "repressed by polycomb",
        "polycomb",
        "#808080",
        {"H3K27me3": 1},
        {**_NO_ACTIVE, "H3K36me3": 0, "CTCF": 0, **_OWN},
        "H3K27me3 alone marks repression by polycomb",
    ),
    StateClass(
        "ReprPCWk",
        "weakly repressed by polycomb",
        "polycomb",
        "#c0c0c0",
        {"H3K27me3": 0.4},
        {**_NO_ACTIVE, "H3K36me3": 0, "CTCF": 0, **_OWN},
        "little H3K27me3 and nothing else is weak repression by polycomb",
    ),
    StateClass(
        "ZNF/Rpts",
        "ZNF genes and repeats",
        "heterochromatin",
        "#66cdaa",
        {"H3K9me3": 0.8, "H3K36me3": 0.8},
        {**_NO_ACTIVE, "H3K27me3": 0, "input": 0},
        "H3K9me3 together with H3K36me3 marks clusters of zinc finger genes",
    ),
    StateClass(
        "Het",
        "heterochromatin",
        "heterochromatin",
        "#8a91d0",
        {"H3K9me3": 1},
        {**_NO_ACTIVE, "H3K36me3": 0, "H3K27me3": 0, "CTCF": 0, "input": 0},
        "H3K9me3 alone marks constitutive heterochromatin",
    ),
)
"""Kinds of chromatin by their marks; quiescent chromatin and artefacts are told by all marks together."""

QUIESCENT = StateClass(
    "Quies", "quiescent", "quiescent", "#e6e6e6", {}, {}, "most of a genome has none of the measured marks"
)
ARTEFACT = StateClass(
    "Artefact",
    "repeats or copy number",
    "other",
    "#5a4a42",
    {"input": 1},
    {},
    "reads pile up in the control too, as they do in repeats and amplified regions",
)
UNCLEAR = StateClass("Unclear", "unclear", "other", "#b48ead", {}, {}, "no textbook state has these marks")
