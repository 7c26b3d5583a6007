"""Windows per second of a training step of Basenji on a CPU: cisgram's module against torch's layers put together.

Both are a published net with a tenth of its filters and tracks (``2020``: residual, ``2018``: densely connected;
131,072 bp, batches of 4) with the same step: one-hot sequences forward, Poisson loss, back, SGD. They take turns in one
process that keeps the memory it frees, as a training of cisgram does, after a first turn that does not count. Before,
torch's layers run alone with memory as it comes, the step of a plain script. ``recurrent`` is the net of 2020 with two
blocks of gated recurrent units in place of the dilated convolutions, which see as far as these and further. What counts
are ratios of medians.

Usage: python benchmarks/basenji_step.py [--form 2020|2018|recurrent] [--rounds 5] [--threads 2]
       python benchmarks/basenji_step.py [--form 2020|2018|recurrent] --memory plain|recompute
       python benchmarks/basenji_step.py [--form 2020|2018|recurrent] --steady 200

``--memory`` prints instead the peak memory of a step of cisgram's module (float32), one way per process; ``--steady``
the memory of the process after a tenth, half and all of so many steps (bfloat16, keeping the memory it frees).
The last result stands in benchmarks/README.md.
"""

import argparse
import dataclasses
import os
import resource
import statistics
import time
from contextlib import nullcontext
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin take the core from whoever has work

import torch
from torch import nn

from cisgram.models.basenji import BasenjiConfig, BasenjiOutput, build, loss
from cisgram.nn.memory import keep_freed_memory
from cisgram.nn.recompute import recomputing

BATCH = 4


def tenth(config):
    """The same net with a tenth of the filters."""
    return dataclasses.replace(
        config,
        filters=tuple(round(n / 10) for n in config.filters),
        trunk_filters=round(config.trunk_filters / 10),
        head_filters=round(config.head_filters / 10),
    )


FORMS = {
    "2020": (tenth(BasenjiConfig.published()), 531),
    "2018": (tenth(BasenjiConfig.dense()), 423),
    "recurrent": (
        dataclasses.replace(tenth(BasenjiConfig.published()), trunk="recurrent", n_trunk_blocks=2, trunk_filters=76),
        531,
    ),
}


class PlainGELU(nn.Module):
    """The approximation that Basenji uses, as one writes it down."""

    def forward(self, hidden):
        return hidden * torch.sigmoid(1.702 * hidden)


class PlainBlock(nn.Sequential):
    """Activation, convolution, norm, dropout, pool, in torch's own layers."""

    def __init__(self, config, n_in, n_out, width, *, dilation=1, dropout=0.0, pool=1, is_first=False):
        activation = PlainGELU() if config.activation == "gelu" else nn.ReLU()
        layers = [] if is_first else [activation]
        layers += [nn.Conv1d(n_in, n_out, width, padding="same", dilation=dilation, bias=False)]
        layers += [nn.BatchNorm1d(n_out, eps=1e-3), nn.Dropout(dropout)]
        super().__init__(*layers, *([nn.MaxPool1d(pool)] if pool > 1 else []))


class PlainBasenji(nn.Module):
    """The same net of torch's own layers."""

    def __init__(self, config, n_tracks):
        super().__init__()
        self.config = config
        n_in = (4, *config.filters)
        self.tower = nn.Sequential(
            *(
                PlainBlock(config, n_in[i], n_in[i + 1], width, dropout=config.dropout, pool=pool, is_first=i == 0)
                for i, (width, pool) in enumerate(zip(config.widths, config.pools, strict=True))
            )
        )
        n, inner, blocks = n_in[-1], config.trunk_filters, []
        for dilation in config.dilations:
            if config.trunk == "dense":
                blocks.append(PlainBlock(config, n, inner, 3, dilation=dilation, dropout=config.trunk_dropout))
                n += inner
            else:
                back = PlainBlock(config, inner, n, 1, dropout=config.trunk_dropout)
                blocks.append(nn.Sequential(PlainBlock(config, n, inner, 3, dilation=dilation), back))
        if config.trunk == "recurrent":
            blocks = [nn.GRU(n, inner // 2, batch_first=True, bidirectional=True) for _ in range(config.n_trunk_blocks)]
            self.back = nn.ModuleList(PlainBlock(config, inner, n, 1) for _ in blocks)
        self.blocks = nn.ModuleList(blocks)
        activation = PlainGELU() if config.activation == "gelu" else nn.ReLU()
        self.bins = nn.Sequential(
            PlainBlock(config, n, config.head_filters, 1, dropout=config.head_dropout), activation
        )
        self.head = nn.Linear(config.head_filters, n_tracks)

    def forward(self, sequences):
        hidden = self.tower(sequences)
        for number, block in enumerate(self.blocks):
            if self.config.trunk == "dense":
                hidden = torch.cat([hidden, block(hidden)], 1)
            elif self.config.trunk == "recurrent":
                hidden = hidden + self.back[number](block(hidden.transpose(1, 2))[0].transpose(1, 2))
            else:
                hidden = hidden + block(hidden)
        crop = self.config.crop
        hidden = self.bins(hidden[..., crop : hidden.shape[-1] - crop])
        return BasenjiOutput(self.head(hidden.transpose(1, 2)).transpose(1, 2))


class Training:
    """A model with its optimiser and a batch."""

    def __init__(self, model, config, n_tracks, *, bfloat16=False):
        self.model, self.bfloat16 = model.train(), bfloat16
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
        codes = torch.randint(0, 4, (BATCH, config.input_length))
        self.sequences = nn.functional.one_hot(codes, 4).transpose(1, 2).float().contiguous()
        self.targets = torch.rand(BATCH, n_tracks, config.n_bins)
        self.processor_seconds = []

    def rate(self):
        """Windows per second of one step."""
        begun, worked = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            output = self.model(self.sequences)
        self.optimizer.zero_grad()
        loss(BasenjiOutput(output.logits.float()), self.targets).backward()
        self.optimizer.step()
        self.processor_seconds.append((time.process_time() - worked) / BATCH)
        return BATCH / (time.perf_counter() - begun)


def print_memory(config, n_tracks, *, recomputes):
    """Peak memory of two steps above that before them."""
    training = Training(build(config, n_tracks=n_tracks), config, n_tracks)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with recomputing(training.model) if recomputes else nullcontext():
        rates = [training.rate() for _ in range(2)]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    print(f"{grown:.2f} GiB more at the peak, {max(rates):.2f} windows/s")


def print_steadiness(config, n_tracks, n_steps):
    """Resident memory in the course of a training."""
    keep_freed_memory()
    training = Training(build(config, n_tracks=n_tracks), config, n_tracks, bfloat16=True)
    for number in range(1, n_steps + 1):
        training.rate()
        if number in (n_steps // 10, n_steps // 2, n_steps):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(f"after {number} steps: {pages * resource.getpagesize() / 2**20:.0f} MiB", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--form", choices=FORMS, default="2020")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--memory", choices=("plain", "recompute"))
    options.add_argument("--steady", type=int)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    config, n_tracks = FORMS[given.form]
    if given.memory:
        print_memory(config, n_tracks, recomputes=given.memory == "recompute")
        return
    if given.steady:
        print_steadiness(config, n_tracks, given.steady)
        return
    plain = Training(PlainBasenji(config, n_tracks), config, n_tracks)
    alone = "torch's layers, float32, memory as it comes"
    trainings, rates = {alone: plain}, {alone: [plain.rate() for _ in range(given.rounds + 1)][1:]}
    keep_freed_memory()
    for bfloat16 in (False, True):
        precision = "bfloat16" if bfloat16 else "float32"
        both = (("torch's layers", PlainBasenji(config, n_tracks)), ("cisgram", build(config, n_tracks=n_tracks)))
        for name, model in both:
            trainings[f"{name}, {precision}"] = Training(model, config, n_tracks, bfloat16=bfloat16)
    for number in range(given.rounds + 1):
        for name, training in trainings.items():
            if name != alone:
                rate = training.rate()
                rates.setdefault(name, []).extend([rate] if number else [])
    first = statistics.median(rates["torch's layers, float32"])
    print("| | windows/s (median) | lowest .. highest | of torch's float32 | processor seconds per window |")
    print("|---|---|---|---|---|")
    for name, measured in rates.items():
        middle, worked = statistics.median(measured), statistics.median(trainings[name].processor_seconds[1:])
        spread = f"{min(measured):.2f} .. {max(measured):.2f}"
        print(f"| {name} | {middle:.2f} | {spread} | {middle / first:.2f} x | {worked:.3f} |")


if __name__ == "__main__":
    main()
