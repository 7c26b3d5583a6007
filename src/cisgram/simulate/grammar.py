"""The rules that are planted: motifs, the proteins found at them, and who helps whom over which distance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cisgram.arrays import Values
from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.simulate.footprint import Footprint


@dataclass(frozen=True, eq=False)
class PlantedMotif:
    """A motif that is planted, and how tightly it is bound.

    Parameters
    ----------
    motif
        Its probabilities; every one above 0.
    max_weight
        Statistical weight of the best sequence without help from other sites: concentration times association
        constant, so that it is bound a share ``max_weight / (1 + max_weight)`` of the time.
    share
        How often it is planted, relative to the other motifs.
    """

    motif: Motif
    max_weight: float
    share: float

    def __post_init__(self) -> None:
        if self.max_weight <= 0 or self.share < 0:
            raise ConfigError(
                f"motif {self.motif.name} needs max_weight > 0 and share >= 0; got {self.max_weight}, {self.share}"
            )
        if np.min(self.motif.ppm) <= 0:
            raise ConfigError(f"motif {self.motif.name} needs probabilities above 0 so that every site has a weight")

    @property
    def name(self) -> str:
        """Name of the motif."""
        return self.motif.name

    @property
    def length(self) -> int:
        """Length in bp."""
        return self.motif.ppm.shape[1]

    @property
    def log_relative_weights(self) -> Values:
        """Log weight (natural) of each base relative to the best one of its column (``4 length``); at most 0."""
        return np.log(self.motif.ppm / self.motif.ppm.max(axis=0))


@dataclass(frozen=True)
class Contact:
    """A protein found at a motif, by touching it or by being held there.

    Parameters
    ----------
    motif
        Name of the motif.
    efficiency
        Reads relative to a directly bound site of the same occupancy, above 0.
    footprint
        Where these reads fall.
    is_direct
        Whether the protein touches the motif itself; if not, its footprint is diffuse.
    """

    motif: str
    efficiency: float
    footprint: Footprint
    is_direct: bool = True

    def __post_init__(self) -> None:
        if self.efficiency <= 0:
            raise ConfigError(f"the efficiency at motif {self.motif} must be above 0; got {self.efficiency}")


@dataclass(frozen=True)
class Factor:
    """A simulated protein.

    Parameters
    ----------
    name
        Name of the protein, and of its tracks where it is assayed.
    role
        One line for people.
    contacts
        Where it is found; empty only where it is not assayed.
    """

    name: str
    role: str
    contacts: tuple[Contact, ...] = ()

    @property
    def is_assayed(self) -> bool:
        """Whether there is an experiment on it."""
        return bool(self.contacts)


@dataclass(frozen=True)
class Cooperation:
    r"""One motif's site helps another's, not the other way round.

    The weight of the helped site is multiplied by :math:`1 + (\omega(d) - 1)\,\theta` where :math:`\theta` is the
    occupancy of the helper and

    .. math:: \omega(d) = 1 + A e^{-d / \lambda} \frac{1 + h \cos(2 \pi d / p)}{1 + h}

    so that help decays with the distance *d* between the centres and is greatest on the same face of the helix.
    Such one-sided help cannot come from two proteins touching in equilibrium, where it is mutual; it stands for a
    pioneer that opens the chromatin around it, which the follower cannot do.

    Parameters
    ----------
    helper, helped
        Names of motifs; the same name where sites of one motif help each other.
    amplitude
        *A*, at least 0.
    decay_bp
        Length *λ* over which help falls to 1/e.
    helical_depth
        *h* from 0 (none) to 1 (no help on the far face).
    period_bp
        *p*, bp per turn of the double helix.
    """

    helper: str
    helped: str
    amplitude: float
    decay_bp: float = 100.0
    helical_depth: float = 0.6
    period_bp: float = 10.5

    def __post_init__(self) -> None:
        if self.amplitude < 0 or self.decay_bp <= 0 or self.period_bp <= 0 or not 0 <= self.helical_depth <= 1:
            raise ConfigError(
                f"a cooperation needs amplitude >= 0, decay_bp > 0, period_bp > 0, helical_depth in 0..1; got {self}"
            )

    def boost(self, distance_bp: float | Values) -> float | Values:
        """*ω* at a distance between centres in bp.

        Examples
        --------
        >>> rule = Cooperation("A", "B", amplitude=8.0)
        >>> bool(rule.boost(21.0) > rule.boost(31.5) > rule.boost(26.25) > 1)
        True
        """
        turn = 2 * np.pi * np.asarray(distance_bp) / self.period_bp
        helical = (1 + self.helical_depth * np.cos(turn)) / (1 + self.helical_depth)
        return 1 + self.amplitude * np.exp(-np.asarray(distance_bp) / self.decay_bp) * helical


@dataclass(frozen=True)
class PairProbe:
    """Two motifs planted alone together at every distance, so that their cooperation can be told from all else.

    Parameters
    ----------
    first, second
        Names of motifs; order and strands are drawn.
    share
        How often, relative to the other pairs.
    """

    first: str
    second: str
    share: float


@dataclass(frozen=True, eq=False)
class Grammar:
    """All that is planted.

    Parameters
    ----------
    motifs
        Motifs with different names.
    factors
        Proteins with different names, at least one of them assayed.
    cooperations
        Who helps whom. A motif that is helped by another motif may not help that motif's helpers.
    pairs
        Pairs of motifs to plant alone.

    Raises
    ------
    ConfigError
        Where a name is used twice or unknown, or help runs in a circle between different motifs.
    """

    motifs: tuple[PlantedMotif, ...]
    factors: tuple[Factor, ...]
    cooperations: tuple[Cooperation, ...] = ()
    pairs: tuple[PairProbe, ...] = ()
    _index: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _require_different([motif.name for motif in self.motifs], "motif")
        _require_different([factor.name for factor in self.factors], "factor")
        if not any(factor.is_assayed for factor in self.factors):
            raise ConfigError("a grammar needs at least one factor with contacts: nothing would be measured")
        if sum(motif.share for motif in self.motifs) <= 0:
            raise ConfigError("a grammar needs at least one motif with share > 0: nothing would be planted")
        object.__setattr__(self, "_index", {motif.name: at for at, motif in enumerate(self.motifs)})
        used = [contact.motif for factor in self.factors for contact in factor.contacts]
        used += [name for rule in self.cooperations for name in (rule.helper, rule.helped)]
        used += [name for pair in self.pairs for name in (pair.first, pair.second)]
        if unknown := sorted(set(used) - self._index.keys()):
            raise ConfigError(f"the grammar has no motif {', '.join(unknown)}; it has {', '.join(self._index)}")
        self.levels()

    def index(self, motif: str) -> int:
        """Place of a motif in ``motifs``."""
        return self._index[motif]

    @property
    def assayed(self) -> tuple[Factor, ...]:
        """Factors with an experiment."""
        return tuple(factor for factor in self.factors if factor.is_assayed)

    def levels(self) -> np.ndarray:
        """How many steps of help lie above each motif: 0 for pioneers and independent ones, 1 for their followers."""
        levels = np.zeros(len(self.motifs), dtype=np.int64)
        between = [rule for rule in self.cooperations if rule.helper != rule.helped]
        families = _mutual_families(between)
        for _ in range(len(self.motifs) + 1):
            before = levels.copy()
            for rule in between:
                helper, helped = self.index(rule.helper), self.index(rule.helped)
                step = 0 if families.get(rule.helper, rule.helper) == families.get(rule.helped, rule.helped) else 1
                levels[helped] = max(levels[helped], levels[helper] + step)
            if (levels == before).all():
                return levels
        raise ConfigError("help must not run in a circle between different motifs, unless two help each other directly")


def _mutual_families(rules: Sequence[Cooperation]) -> dict[str, str]:
    """Name a family for motifs that help each other both ways, such as variants of one motif."""
    directed = {(rule.helper, rule.helped) for rule in rules}
    family: dict[str, str] = {}
    for helper, helped in sorted(directed):
        if (helped, helper) in directed:
            name = min(family.get(helper, helper), family.get(helped, helped))
            family[helper] = family[helped] = name
    return family


def _require_different(names: list[str], what: str) -> None:
    """Refuse a name that is used twice."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"every {what} needs a name of its own; used twice: {', '.join(twice)}")
