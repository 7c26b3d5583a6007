"""Mutants of one sequence, computed only where they differ from it.

How is told in :mod:`cisgram.interpret.variants.local_models`. The answers are those of the whole model, but for
rounding.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.arrays import Rows, SequenceCodes
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.experiments.responses import Asking, Compared, Score, values_of
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.scores import anchored
from cisgram.interpret.variants.local_layers import Change
from cisgram.interpret.variants.local_models import read_locally
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating


def compare_mutants(
    model: nn.Module,
    sequence: SequenceCodes,
    positions: Rows,
    bases: Rows,
    *,
    scores: Sequence[Score],
    asking: Asking,
    device: Device | None = None,
) -> Compared | None:
    """Responses to one sequence and to its single-base mutants.

    Parameters
    ----------
    model, scores, asking, device
        As in :func:`cisgram.interpret.experiments.responses.respond`.
    sequence
        As long as the model reads.
    positions, bases
        Where each mutant differs, and the code of what stands there, 0 to 3.

    Returns
    -------
    Compared or None
        ``1 track`` and ``1 mutant track``; None where the model is of a kind that cannot be followed.
    """
    place, dtype = place_and_type(model, device)
    befores, afters = [], []

    def bases_of(codes: np.ndarray) -> Tensor:
        return one_hot(torch.from_numpy(np.array(codes, dtype=np.uint8)).to(place)).to(dtype)

    with evaluating(model, device), full_precision(place), torch.inference_mode():
        for is_turned in (False, True) if asking.both_strands else (False,):
            codes = reverse_complement(sequence) if is_turned else sequence
            read = read_locally(model, bases_of(codes[None]))
            if read is None:
                return None
            functions = [anchored(score, read.output) for score in scores]
            befores.append(values_of(functions, read.output, 1))
            where, what = (len(codes) - 1 - positions, 3 - bases) if is_turned else (positions, bases)
            parts = []
            for part in _parts(len(positions), asking.batch_size):
                starts = torch.from_numpy(np.array(where[part], dtype=np.int64)).to(place)
                output = read.ask(Change(torch.zeros_like(starts), starts, bases_of(what[part, None])))
                parts.append(values_of(functions, output, len(starts)))
            afters.append(np.concatenate(parts))
    return Compared(np.mean(befores, axis=0), np.mean(afters, axis=0)[None])


def _parts(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))
