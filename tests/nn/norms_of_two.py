"""Norms as they are in one process and in two, as a module for the tests and as a program: one of two processes.

The program takes the folder and the number of the process (0 or 1), and leaves what its share gave in the folder.
"""

import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, nn

from cisgram.nn.dilated import PositionNorm
from cisgram.nn.recompute import Stages, recomputing
from cisgram.nn.shared_norms import sharing_norms
from cisgram.nn.strands import PairedBatchNorm1d
from cisgram.nn.wide import WideBatchNorm1d

CHANNELS = 6
SHARES = {"even": (3, 3), "uneven": (5, 1)}
"""Examples of either process."""

CASES = {
    "dense": (lambda: WideBatchNorm1d(CHANNELS), (), torch.float32),
    "with length": (lambda: WideBatchNorm1d(CHANNELS), (7,), torch.float32),
    "paired": (lambda: PairedBatchNorm1d(CHANNELS), (7,), torch.float32),
    "positions": (lambda: PositionNorm(CHANNELS), (7,), torch.float32),
    "pairs of positions": (lambda: PositionNorm(CHANNELS), (4, 4), torch.float32),
    "bfloat16": (lambda: PositionNorm(CHANNELS), (7,), torch.bfloat16),
    "recomputed": (lambda: Stages(PositionNorm(CHANNELS), nn.Tanh(), PositionNorm(CHANNELS)), (7,), torch.float32),
    "frozen": (lambda: frozen(PositionNorm(CHANNELS)), (7,), torch.float32),
    "torch's": (lambda: nn.BatchNorm1d(CHANNELS), (7,), torch.float32),
    "torch's, plain mean": (lambda: nn.BatchNorm1d(CHANNELS, momentum=None), (7,), torch.float32),
    "torch's, no weights": (lambda: nn.BatchNorm1d(CHANNELS, affine=False), (7,), torch.float32),
}
"""Norm, lengths, precision of the input."""


def frozen(norm):
    norm.weight.requires_grad = False
    return norm


def passed_through(case, examples, *, is_shared):
    """Outputs, gradients and statistics of a norm after two batches, for some of the examples of each."""
    build, lengths, dtype = CASES[case]
    model = nn.Sequential(build())
    draw = torch.Generator().manual_seed(1)
    for number, weight in enumerate(model.parameters()):
        weight.data += 0.3 * torch.randn(weight.shape, generator=draw) + 0.1 * number
    outputs, of_inputs = [], []
    recomputes = recomputing(model) if case == "recomputed" else nullcontext()
    with sharing_norms(model) if is_shared else nullcontext(), recomputes:
        for _ in range(2):
            # Far from 0: a variance made of a mean square would have few digits.
            hidden = 30 + torch.randn(6, CHANNELS, *lengths, generator=draw) * torch.arange(1, CHANNELS + 1).view(
                -1, *(1,) * len(lengths)
            )
            above = torch.randn(hidden.shape, generator=draw)
            own = hidden[examples].to(dtype).requires_grad_()
            output = model(own)
            (output * above[examples]).sum().backward()
            outputs.append(output.detach())
            of_inputs.append(own.grad)
    gradients = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    return {
        "outputs": torch.stack(outputs),
        "of inputs": torch.stack(of_inputs),
        "gradients": gradients,
        "statistics": dict(model.named_buffers()),
        "evaluated": model.eval()(hidden).detach(),
    }


def main():
    folder, rank = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2, timeout=timedelta(seconds=120)
    )
    found = {}
    for name, (first, _) in SHARES.items():
        examples = slice(None, first) if rank == 0 else slice(first, None)
        for case in CASES:
            found[name, case] = passed_through(case, examples, is_shared=True)
    torch.save(found, folder / f"process{rank}.pt")
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
