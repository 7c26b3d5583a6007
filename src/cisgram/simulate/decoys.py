"""A motif database to look planted motifs up in: noisy copies of them among motifs that mean nothing here."""

from collections.abc import Sequence

import numpy as np

from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import motif_similarity

_MAX_TRIES = 2_000


def database_motifs(
    planted: Sequence[Motif],
    *,
    n_decoys: int,
    rng: np.random.Generator,
    n_sites: int = 200,
    max_similarity: float = 0.6,
) -> list[Motif]:
    """Make a database of known motifs, in random order.

    Planted motifs come as another experiment would have found them: every column is counted anew on ``n_sites``
    sites. A decoy has 6 to 16 columns, informative in the middle and less so at its ends, and looks like no planted
    motif.

    Parameters
    ----------
    planted
        Motifs to be found again; they keep their names.
    n_decoys
        Number of decoys, named ``decoy-001`` and so on.
    rng
        Where the randomness comes from.
    n_sites
        Sites per motif.
    max_similarity
        A decoy may be at most this similar to any planted motif, by
        :func:`~cisgram.genomics.motif_alignment.motif_similarity`.

    Raises
    ------
    ConfigError
        Where decoys that differ enough cannot be found.
    """
    known = [_recounted(motif, n_sites, rng) for motif in planted]
    for number in range(n_decoys):
        for _ in range(_MAX_TRIES):
            decoy = Motif(name=f"decoy-{number + 1:03d}", ppm=_random_ppm(rng), n_sites=n_sites)
            if all(motif_similarity(decoy, motif) <= max_similarity for motif in planted):
                known.append(_recounted(decoy, n_sites, rng))
                break
        else:
            raise ConfigError(
                f"no decoy motif is less than {max_similarity} similar to all planted ones; raise the limit"
            )
    return [known[row] for row in rng.permutation(len(known))]


def _random_ppm(rng: np.random.Generator) -> np.ndarray:
    """A random motif with a clear core and vaguer ends."""
    length = int(rng.integers(6, 17))
    from_end = np.minimum(np.arange(length), np.arange(length)[::-1])
    clarity = np.clip(0.15 + 0.35 * from_end + rng.normal(0, 0.2, length), 0.05, 0.95)
    columns = []
    for share in clarity:
        best, second = rng.permutation(4)[:2]
        column = np.full(4, (1 - share) / 4)
        split = 1.0 if rng.random() < 0.75 else rng.uniform(0.5, 0.8)
        column[best] += share * split
        column[second] += share * (1 - split)
        columns.append(column)
    return np.array(columns).T


def _recounted(motif: Motif, n_sites: int, rng: np.random.Generator) -> Motif:
    """The motif as counted on a sample of sites, with one pseudocount per column."""
    counts = np.array([rng.multinomial(n_sites, column / column.sum()) for column in motif.ppm.T]).T + 0.25
    return Motif(name=motif.name, ppm=counts / counts.sum(axis=0), n_sites=n_sites, alternate_name=motif.alternate_name)
