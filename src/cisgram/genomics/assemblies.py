"""Which known assembly a genome is, by the lengths of its chromosomes or by what a file is called."""

import re
from collections.abc import Mapping
from typing import NamedTuple

# Lengths in bp of the nuclear chromosomes as the UCSC genome browser lists them (chrom.sizes); of TAIR10 as TAIR does.
_CHROMOSOMES: Mapping[str, str] = {
    "hg19": (
        "1:249250621 2:243199373 3:198022430 4:191154276 5:180915260 6:171115067 7:159138663 8:146364022 "
        "9:141213431 10:135534747 11:135006516 12:133851895 13:115169878 14:107349540 15:102531392 16:90354753 "
        "17:81195210 18:78077248 19:59128983 20:63025520 21:48129895 22:51304566 X:155270560 Y:59373566"
    ),
    "hg38": (
        "1:248956422 2:242193529 3:198295559 4:190214555 5:181538259 6:170805979 7:159345973 8:145138636 "
        "9:138394717 10:133797422 11:135086622 12:133275309 13:114364328 14:107043718 15:101991189 16:90338345 "
        "17:83257441 18:80373285 19:58617616 20:64444167 21:46709983 22:50818468 X:156040895 Y:57227415"
    ),
    "hs1": (
        "1:248387328 2:242696752 3:201105948 4:193574945 5:182045439 6:172126628 7:160567428 8:146259331 "
        "9:150617247 10:134758134 11:135127769 12:133324548 13:113566686 14:101161492 15:99753195 16:96330374 "
        "17:84276897 18:80542538 19:61707364 20:66210255 21:45090682 22:51324926 X:154259566 Y:62460029"
    ),
    "mm9": (
        "1:197195432 2:181748087 3:159599783 4:155630120 5:152537259 6:149517037 7:152524553 8:131738871 "
        "9:124076172 10:129993255 11:121843856 12:121257530 13:120284312 14:125194864 15:103494974 16:98319150 "
        "17:95272651 18:90772031 19:61342430 X:166650296 Y:15902555"
    ),
    "mm10": (
        "1:195471971 2:182113224 3:160039680 4:156508116 5:151834684 6:149736546 7:145441459 8:129401213 "
        "9:124595110 10:130694993 11:122082543 12:120129022 13:120421639 14:124902244 15:104043685 16:98207768 "
        "17:94987271 18:90702639 19:61431566 X:171031299 Y:91744698"
    ),
    "mm39": (
        "1:195154279 2:181755017 3:159745316 4:156860686 5:151758149 6:149588044 7:144995196 8:130127694 "
        "9:124359700 10:130530862 11:121973369 12:120092757 13:120883175 14:125139656 15:104073951 16:98008968 "
        "17:95294699 18:90720763 19:61420004 X:169476592 Y:91455967"
    ),
    "danRer10": (
        "1:58871917 2:59543403 3:62385949 4:76625712 5:71715914 6:60272633 7:74082188 8:54191831 9:56892771 "
        "10:45574255 11:45107271 12:49229541 13:51780250 14:51944548 15:47771147 16:55381981 17:53345113 "
        "18:51008593 19:48790377 20:55370968 21:45895719 22:39226288 23:46272358 24:42251103 25:36898761"
    ),
    "danRer11": (
        "1:59578282 2:59640629 3:62628489 4:78093715 5:72500376 6:60270059 7:74282399 8:54304671 9:56459846 "
        "10:45420867 11:45484837 12:49182954 13:52186027 14:52660232 15:48040578 16:55266484 17:53461100 "
        "18:51023478 19:48449771 20:55201332 21:45934066 22:39133080 23:46223584 24:42172926 25:37502051"
    ),
    "dm3": "2L:23011544 2R:21146708 3L:24543557 3R:27905053 4:1351857 X:22422827",
    "dm6": "2L:23513712 2R:25286936 3L:28110227 3R:32079331 4:1348131 X:23542271 Y:3667352",
    "ce10": "I:15072423 II:15279345 III:13783700 IV:17493793 V:20924149 X:17718866",
    "ce11": "I:15072434 II:15279421 III:13783801 IV:17493829 V:20924180 X:17718942",
    "sacCer3": (
        "I:230218 II:813184 III:316620 IV:1531933 V:576874 VI:270161 VII:1090940 VIII:562643 IX:439888 X:745751 "
        "XI:666816 XII:1078177 XIII:924431 XIV:784333 XV:1091291 XVI:948066"
    ),
    "TAIR10": "1:30427671 2:19698289 3:23459830 4:18585056 5:26975502",
}

ASSEMBLIES: Mapping[str, Mapping[int, str]] = {
    name: {int(length): chrom for chrom, length in (one.split(":") for one in text.split())}
    for name, text in _CHROMOSOMES.items()
}
"""Chromosomes of known assemblies by their length in bp, names without ``chr``; no two assemblies share a length."""

ALIASES: Mapping[str, str] = {
    "grch37": "hg19",
    "b37": "hg19",
    "hs37d5": "hg19",
    "grch38": "hg38",
    "chm13v2": "hs1",
    "t2t": "hs1",
    "ncbim37": "mm9",
    "grcm38": "mm10",
    "grcm39": "mm39",
    "grcz10": "danRer10",
    "grcz11": "danRer11",
    "bdgp5": "dm3",
    "bdgp6": "dm6",
    "wbcel235": "ce11",
    "r64": "sacCer3",
    "hg18": "hg18",
    "ncbi36": "hg18",
    **{name.lower(): name for name in _CHROMOSOMES},
}
"""What assemblies are also called in names of files, in lower case."""

_WORDS = re.compile(r"[^A-Za-z0-9]+")


class AssemblyGuess(NamedTuple):
    """A known assembly that contigs are of."""

    name: str
    """As the UCSC genome browser calls it, such as ``hg38``."""
    n_found: int
    """Contigs with the length of one of its chromosomes."""
    n_chromosomes: int
    """Nuclear chromosomes that it has."""
    others: tuple[str, ...] = ()
    """Further assemblies that contigs have lengths of: a mixture."""


def guess_assembly(sizes: Mapping[str, int]) -> AssemblyGuess | None:
    """The known assembly of which most contigs have the length of a chromosome; None where no contig has one.

    Names are not looked at, so that ``NC_000001.11``, ``1`` and ``chr1`` are the same: lengths of chromosomes are so
    large that two of different assemblies are never equal.

    Parameters
    ----------
    sizes
        Lengths of contigs in bp.

    Examples
    --------
    >>> guess_assembly({"1": 248_956_422, "MT": 16_569})
    AssemblyGuess(name='hg38', n_found=1, n_chromosomes=24, others=())
    >>> guess_assembly({"chr1": 1000}) is None
    True
    """
    lengths = set(sizes.values())
    found = {name: len(lengths & known.keys()) for name, known in ASSEMBLIES.items()}
    ranked = sorted((name for name in found if found[name]), key=lambda name: -found[name])
    if not ranked:
        return None
    return AssemblyGuess(ranked[0], found[ranked[0]], len(ASSEMBLIES[ranked[0]]), tuple(ranked[1:]))


def assembly_in_name(name: str) -> str | None:
    """The one assembly that the name of a file speaks of; None where there is none, or several.

    Examples
    --------
    >>> assembly_in_name("K562_peaks.GRCh38.bed.gz"), assembly_in_name("hg19_to_hg38.bed"), assembly_in_name("a.bed")
    ('hg38', None, None)
    """
    found = {ALIASES[word] for word in _WORDS.split(name.lower()) if word in ALIASES}
    return found.pop() if len(found) == 1 else None
