"""A motif: how often each base stands at each position of the sites that a protein binds.

Four matrices share the shape ``4 length`` (rows A C G T): the PFM counts, the PPM is the PFM as proportions, the
PWM is the PPM as log odds against a background, and the CWM is the mean contribution of each base to a model's
output. A :class:`Motif` holds a PPM; :meth:`Motif.pfm` and :meth:`Motif.pwm` follow from it. A CWM does not: it says
what a model makes of the bases, not how common they are, and belongs to a :class:`cisgram.genomics.pattern.Pattern`,
whose :meth:`~cisgram.genomics.pattern.Pattern.motif` is the PPM of the same sites.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import gammaln

from cisgram.arrays import Matrix, PerBase, PerColumn
from cisgram.errors import InputError

UNIFORM: PerBase = np.full(4, 0.25)
"""The background in which all bases are equally common."""
UNIFORM.flags.writeable = False

_NOISE = 1e-9  # sums of proportions are not nearer to the truth than this

IUPAC = "-ACMGRSVTWYHKDBN"
"""Letters for sets of bases; the index is the sum of A = 1, C = 2, G = 4, T = 8."""


@dataclass(frozen=True, eq=False)
class Motif:
    """A named PPM.

    Parameters
    ----------
    name
        Identifier, without white space.
    ppm
        ``4 length``, proportions; every column sums to 1 (within 1e-6; rounding is evened out). A read-only
        float64 copy is kept.
    n_sites
        How many sites the proportions were counted on; it decides how much a pseudocount weighs.
    alternate_name
        A second name for people, such as the gene beside a database's accession; may be empty.

    Raises
    ------
    InputError
        The matrix has no column, or a column is no distribution; the name is empty or holds white space.

    Examples
    --------
    >>> motif = Motif.from_consensus("reb1", "TTACCCK")
    >>> motif.reverse_complement().consensus(), len(motif)
    ('MGGGTAA', 7)
    """

    name: str
    ppm: Matrix
    n_sites: float | int = 20
    alternate_name: str = ""

    def __post_init__(self) -> None:
        if not self.name or len(self.name.split()) != 1 or self.name != self.name.strip():
            raise InputError(f"the name of a motif must be one word; got {self.name!r}")
        ppm = np.array(self.ppm, dtype=np.float64)
        sums = ppm.sum(axis=0)
        if ppm.shape[1] == 0:
            raise InputError(f"motif {self.name} has no columns")
        # Written so that NaN is refused as well.
        if not ((ppm >= 0).all() and (np.abs(sums - 1) <= 1e-6).all()):
            column = int(np.argmin((ppm >= 0).all(axis=0) & (np.abs(sums - 1) <= 1e-6)))
            raise InputError(
                f"motif {self.name}: every column must be proportions of A, C, G and T that sum to 1; "
                f"column {column + 1} is {ppm[:, column].tolist()}"
            )
        if not self.n_sites > 0:
            raise InputError(f"motif {self.name}: n_sites must be above 0; got {self.n_sites}")
        # Float noise is left alone, so that a motif made from another's matrix is the same to the last bit.
        ppm /= np.where(np.abs(sums - 1) > _NOISE, sums, 1.0)
        ppm.flags.writeable = False
        object.__setattr__(self, "ppm", ppm)

    @classmethod
    def from_counts(cls, name: str, pfm: Matrix, *, pseudocount: float = 0.0) -> "Motif":
        """Make a motif from counts; ``pseudocount`` is added to every column, spread evenly over the four bases.

        ``n_sites`` becomes the largest sum of a column, without the pseudocount.
        """
        counts = np.asarray(pfm, dtype=np.float64) + pseudocount / 4
        totals = counts.sum(axis=0)
        if counts.size == 0 or not (counts >= 0).all() or not (totals > 0).all():
            raise InputError(f"motif {name}: counts must be 0 or more, with at least one site in every column")
        return cls(name, counts / totals, n_sites=float(totals.max() - pseudocount) or pseudocount)

    @classmethod
    def from_consensus(cls, name: str, letters: str, *, n_sites: float | int = 20) -> "Motif":
        """Make a motif from IUPAC letters: the bases that a letter stands for are equally likely.

        Examples
        --------
        >>> Motif.from_consensus("e", "AR").ppm.T.tolist()
        [[1.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0]]
        """
        unknown = sorted(set(letters.upper()) - set(IUPAC[1:]))
        if unknown or not letters:
            raise InputError(f"a consensus is made of the letters {IUPAC[1:]}; got {letters!r}")
        bits = np.array([IUPAC.index(letter) for letter in letters.upper()])
        allowed = ((bits >> np.arange(4)[:, None]) & 1).astype(np.float64)
        return cls(name, allowed / allowed.sum(axis=0), n_sites=n_sites)

    def __len__(self) -> int:
        """Number of columns, in bp."""
        return self.ppm.shape[1]

    def __repr__(self) -> str:
        also = f" ({self.alternate_name})" if self.alternate_name else ""
        return f"<Motif {self.name}{also}: {self.consensus()}, {self.n_sites:g} sites>"

    def reverse_complement(self) -> "Motif":
        """The same motif read on the other strand."""
        return replace(self, ppm=self.ppm[::-1, ::-1])

    def consensus(self) -> str:
        """One IUPAC letter per column.

        One base where it has more than half of the sites and more than twice the share of the next; two bases
        where together they have more than three quarters; three bases where the fourth never occurs; otherwise N.

        References
        ----------
        Cavener (1987), Comparison of the consensus sequence flanking translational start sites in Drosophila
        and vertebrates, Nucleic Acids Research 15: 1353.
        """
        return "".join(_letter(column) for column in self.ppm.T)

    def pfm(self) -> Matrix:
        """Counts of the bases among ``n_sites`` sites; fractions of a site stay."""
        return self.ppm * self.n_sites

    def pwm(self, background: PerBase | None = None, *, pseudocount: float = 0.1) -> Matrix:
        """Log odds against a background, in bits: see :func:`ppm_to_pwm`."""
        return ppm_to_pwm(self.ppm, background=background, n_sites=self.n_sites, pseudocount=pseudocount)

    def information_content(
        self, background: PerBase | None = None, *, correction: Literal["none", "approximate", "exact"] = "none"
    ) -> PerColumn:
        """Information of every column in bits.

        Parameters
        ----------
        background
            As in :func:`information_content`.
        correction
            ``approximate`` and ``exact`` take away what ``n_sites`` sites show by chance where there is no
            preference (:func:`small_sample_correction`). A column can then fall below 0; drawings stop at 0.
        """
        information = information_content(self.ppm, background=background)
        if correction == "none":
            return information
        return information - small_sample_correction(
            self.n_sites, background=background, is_exact=correction == "exact"
        )

    def trimmed(self, threshold: float = 0.25, *, background: PerBase | None = None) -> "Motif":
        """The motif without the uninformative columns at its two ends.

        Parameters
        ----------
        threshold
            Bits that a column must have to end the trimming; columns inside are never removed.
        background
            As in :func:`information_content`.

        Raises
        ------
        InputError
            No column reaches the threshold.
        """
        information = self.information_content(background)
        kept = informative_part(information, threshold=threshold)
        if kept.stop == kept.start:
            raise InputError(
                f"motif {self.name}: no column has {threshold:g} bits (the best has {information.max():.3g}); "
                "lower the threshold"
            )
        return replace(self, ppm=self.ppm[:, kept])

    def is_palindromic(self, *, tolerance: float = 0.1) -> bool:
        """Whether no proportion differs by more than ``tolerance`` between the motif and its reverse complement."""
        return bool(np.abs(self.ppm - self.ppm[::-1, ::-1]).max() <= tolerance)


def information_content(ppm: Matrix, *, background: PerBase | None = None) -> PerColumn:
    """Relative entropy of every column against a background, in bits.

    ``sum_b p_b log2(p_b / q_b)``, where ``0 log2 0 = 0``; with the uniform background that is 2 bits minus the
    entropy. Few sites make it too high: see :func:`small_sample_correction`.

    Parameters
    ----------
    ppm
        ``4 length``.
    background
        Proportions ``q`` of A, C, G and T; ``None`` means uniform.

    References
    ----------
    Schneider, Stormo, Gold and Ehrenfeucht (1986), Information content of binding sites on nucleotide sequences.

    Examples
    --------
    >>> information_content(np.array([[1.0, 0.5, 0.25], [0, 0.5, 0.25], [0, 0, 0.25], [0, 0, 0.25]])).tolist()
    [2.0, 1.0, 0.0]
    """
    q = _checked_background(background)[:, None]
    p = np.asarray(ppm, dtype=np.float64)
    return np.where(p > 0, p * np.log2(np.where(p > 0, p, 1.0) / q), 0.0).sum(axis=0)


def small_sample_correction(
    n_sites: float | int, *, background: PerBase | None = None, is_exact: bool = False
) -> float:
    """Information in bits that a column of sites without any preference seems to have, on average.

    Approximately ``e(n) = 3 / (2 ln(2) n)``, which is good above about 50 sites; exactly, with ``n`` draws from the
    background ``q``, ``H(q) + sum_b sum_k Binomial(k; n, q_b) (k / n) log2(k / n)``.

    Parameters
    ----------
    n_sites
        Number of sites; for the exact value it is rounded, and taken as 1 at least.
    background
        Proportions of A, C, G and T, for the exact value; ``None`` means uniform.
    is_exact
        Exact instead of approximate.

    References
    ----------
    Schneider, Stormo, Gold and Ehrenfeucht (1986), Information content of binding sites on nucleotide sequences,
    Journal of Molecular Biology 188: 415 (appendix; exact there by listing all compositions, here by the binomial
    distribution of each base, since the mean of a sum needs no more).

    Examples
    --------
    >>> round(small_sample_correction(10), 3), round(small_sample_correction(10, is_exact=True), 3)
    (0.216, 0.247)
    """
    if not n_sites > 0:
        raise InputError(f"n_sites must be above 0; got {n_sites}")
    if not is_exact:
        return float(3 / (2 * np.log(2) * n_sites))
    q = _checked_background(background)
    n = max(round(n_sites), 1)
    k = np.arange(1, n + 1)[:, None]
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    chance = np.exp(ways + k * np.log(q) + (n - k) * np.log1p(-q))
    entropy = -float((chance * (k / n) * np.log2(k / n)).sum())
    return -float((q * np.log2(q)).sum()) - entropy


def ppm_to_pwm(
    ppm: Matrix, *, background: PerBase | None = None, n_sites: float | int = 20, pseudocount: float = 0.1
) -> Matrix:
    """Log odds of every base against a background, in bits.

    ``log2(((n p_b + s q_b) / (n + s)) / q_b)`` with ``n`` sites and pseudocount ``s``.

    Parameters
    ----------
    ppm
        ``4 length``.
    background
        Proportions ``q`` of A, C, G and T; ``None`` means uniform.
    n_sites
        Number of sites ``n`` behind the proportions.
    pseudocount
        Number of sites ``s`` added in the proportions of the background; with 0, a base that never occurs scores
        minus infinity.

    Returns
    -------
    Matrix
        float64, ``4 length``.
    """
    if n_sites <= 0 or pseudocount < 0:
        raise InputError(f"n_sites must be above 0 and pseudocount 0 or more; got {n_sites} and {pseudocount}")
    q = _checked_background(background)[:, None]
    smoothed = (n_sites * np.asarray(ppm, dtype=np.float64) + pseudocount * q) / (n_sites + pseudocount)
    with np.errstate(divide="ignore"):  # log2(0) is minus infinity, as documented
        return np.log2(smoothed / q)


def informative_part(values: PerColumn, *, threshold: float) -> slice:
    """From the first to the last column that reaches a threshold; empty where none does.

    Parameters
    ----------
    values
        Bits of information or absolute contributions per column.
    threshold
        What the outermost columns must have at least.

    Examples
    --------
    >>> informative_part(np.array([0.1, 1.0, 0.2, 1.5, 0.0]), threshold=0.5)
    slice(1, 4, None)
    """
    reached = np.flatnonzero(values >= threshold)
    return slice(int(reached[0]), int(reached[-1]) + 1) if reached.size else slice(0, 0)


def _checked_background(background: PerBase | None) -> PerBase:
    if background is None:
        return UNIFORM
    if not ((background > 0).all() and abs(background.sum() - 1) <= 1e-3):
        raise InputError(
            f"a background is the proportions of A, C, G and T, all above 0, with sum 1; got {background.tolist()}"
        )
    return background / background.sum()


def _letter(column: PerBase) -> str:
    """The IUPAC letter of one column by Cavener's rules."""
    order = np.argsort(-column, kind="stable")
    first, second = column[order[0]], column[order[1]]
    if first > 0.5 + _NOISE and first > 2 * second + _NOISE:
        chosen = order[:1]
    elif first + second > 0.75 + _NOISE:
        chosen = order[:2]
    elif np.count_nonzero(column) == 3:
        chosen = order[:3]
    else:
        chosen = order
    return IUPAC[int((1 << chosen).sum())]
