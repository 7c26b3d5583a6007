"""The same mark under its many spellings: H3K4me3, h3k4me3, H3K04ME3, H3-K4-me3."""

import re

_HISTONE = re.compile(r"^H(2A|2B|3|4)([KRST])0*(\d{1,3})(ME|AC|UB|PH|P|CR)([123SA]?)(?![0-9])")
_OTHERS = {
    "H2A.Z": ("H2AZ", "H2AFZ", "HTZ1"),
    "H3.3": ("H33", "H3F3A"),
    "CTCF": ("CTCF",),
    "RAD21": ("RAD21",),
    "POLR2A": ("POLR2A", "POL2", "POLII", "RNAPII", "POLR2"),
    "EP300": ("EP300", "P300", "CBP"),
    "EZH2": ("EZH2",),
    "accessible": ("DNASE", "DNASEI", "DHS", "ATAC", "FAIRE", "OPENCHROMATIN", "ACCESSIBLE"),
    "methylation": ("MCPG", "DNAMETHYLATION", "5MC", "WGBS"),
    "input": ("WCE", "INPUT", "CONTROL", "IGG", "MOCK"),
}
_BY_SPELLING = {spelling: name for name, spellings in _OTHERS.items() for spelling in spellings}


def known_mark(name: str) -> str | None:
    """Recognise a mark in any usual spelling.

    Parameters
    ----------
    name
        As a table of marks has it; what follows the mark behind ``_``, ``-``, ``.`` or a blank is ignored.

    Returns
    -------
    str or None
        Histone modifications as ``H3K4me3``; other proteins by their gene (``CTCF``, ``POLR2A``), ``H2A.Z``; open
        chromatin by any assay as ``accessible``, DNA without an antibody as ``input``; None for anything else.

    Examples
    --------
    >>> [known_mark(name) for name in ("h3k4me3", "H3K04ME3", "H3-K27-ac", "H3K9me3_rep1", "WCE", "DNase-seq", "XYZ")]
    ['H3K4me3', 'H3K4me3', 'H3K27ac', 'H3K9me3', 'input', 'accessible', None]
    """
    squeezed = re.sub(r"[\s_.\-]", "", name.upper())
    if found := _HISTONE.match(squeezed):
        protein, letter, place, kind, degree = found.groups()
        kind = {"P": "ph"}.get(kind, kind.lower())
        return f"H{protein}{letter}{place}{kind}{degree.lower()}"
    for length in range(len(squeezed), 1, -1):
        if (known := _BY_SPELLING.get(squeezed[:length])) and _ends_there(squeezed[length:]):
            return known
    return None


def _ends_there(rest: str) -> bool:
    """Whether what follows a name is a remark such as the kind of assay or a replicate, and no longer name."""
    return not rest or re.match(r"^(SEQ|REP\d|CHIP|HS|PEAK|SIGNAL|\d{1,2}$)", rest) is not None
