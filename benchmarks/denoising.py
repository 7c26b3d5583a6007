"""AtacWorks on a CPU, whole-track inference and a training step: cisgram's module against torch's layers put together.

All rows but the last are the published net (219,706 parameters) with the same weights: the plain one pads every layer
with zeros and crops the margins at the end. They take turns in one process, after a first turn that does not count.
Inference counts bases of the result, margins excluded; a training step is forward, loss, back and Adam on a batch of
windows of 50,000 bp with margins of 5,000. What counts is the ratio of the medians. The difference from the plain net
in float64 is the largest over the track, as a share of the track's largest value.

Usage: python benchmarks/denoising.py [--rounds 5] [--threads 2]

The last result stands in benchmarks/README.md.
"""

import argparse
import os
import statistics
import time
from itertools import pairwise

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin take the core from whoever has work

import numpy as np
import torch
from torch import nn

from cisgram.genomics.interval import interval_table
from cisgram.models.atacworks import AtacWorksConfig, AtacWorksOutput, build, loss
from cisgram.nn.memory import keep_freed_memory
from cisgram.training.denoise import denoise

MARGIN, WINDOW, TRACK, BATCH = 5_000, 50_000, 200_000, 2


class PlainBlock(nn.Module):
    """A residual block of torch's own layers."""

    def __init__(self, n_in, n_out, *, bias):
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv1d(a, b, 51, dilation=8, padding=200, bias=bias) for a, b in pairwise((n_in, n_out, n_out, n_out))
        )
        self.fit = nn.Conv1d(n_in, n_out, 1, bias=False) if n_in != n_out else None

    def forward(self, hidden):
        first, second, third = self.convolutions
        update = third(second(first(hidden).relu()).relu())
        return (update + (hidden if self.fit is None else self.fit(hidden).relu())).relu()


class Plain(nn.Module):
    """The published net of torch's own layers."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(PlainBlock(15 if i else 1, 15, bias=False) for i in range(5)))
        self.track_head = nn.Conv1d(15, 1, 1, bias=False)
        self.peak_blocks = nn.Sequential(*(PlainBlock(15 if i else 1, 15, bias=True) for i in range(2)))
        self.peak_head = nn.Conv1d(15, 1, 1)

    def forward(self, coverage):
        track = self.track_head(self.blocks(coverage)).relu()
        parts = track, self.peak_head(self.peak_blocks(track))
        return AtacWorksOutput(*(part.reshape(len(part), -1)[:, MARGIN:-MARGIN].float() for part in parts))


def channels_last(model):
    """The same net with the channels of a position next to each other: convolutions with a second length of 1."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv1d):
                (width,), (dilation,), (padding,) = child.kernel_size, child.dilation, child.padding
                flat = nn.Conv2d(
                    child.in_channels,
                    child.out_channels,
                    (1, width),
                    dilation=(1, dilation),
                    padding=(0, padding),
                    bias=child.bias is not None,
                )
                flat.weight.data = child.weight.data[:, :, None].contiguous(memory_format=torch.channels_last)
                if child.bias is not None:
                    flat.bias.data = child.bias.data
                setattr(module, name, flat)
    return Flat(model)


class Flat(nn.Module):
    """Gives coverage a second length of 1."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, coverage):
        return self.model(coverage[:, :, None].contiguous(memory_format=torch.channels_last))


class Row:
    """A model with its way to denoise and its optimiser."""

    def __init__(self, model, *, bfloat16=False):
        self.model, self.bfloat16 = model, bfloat16
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
        self.is_ours = not isinstance(model, Plain | Flat)

    def track(self, signal):
        """The track of a stretch in windows of 50 kb (ours as ``denoise`` does it)."""
        if self.is_ours:
            region = interval_table(["chr"], [0], [TRACK])
            return np.concatenate([one.track for one in denoise(self.model, stretches_of(signal), region)])
        read = stretches_of(signal)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            windows = (read("chr", at - MARGIN, at + WINDOW + MARGIN)[None] for at in range(0, TRACK, WINDOW))
            return np.concatenate([self.model(torch.from_numpy(one)).track[0].numpy() for one in windows])

    def step(self, inputs, targets):
        """Train on a batch."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            output = self.model(inputs)
        self.optimizer.zero_grad()
        loss(AtacWorksOutput(*(part.float() for part in output)), targets).backward()
        self.optimizer.step()


def stretches_of(signal):
    """Read from a signal that begins MARGIN before position 0."""
    return lambda _, start, end: signal[None, start + MARGIN : end + MARGIN]


def seconds(action, *arguments):
    begun = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - begun


def table(title, unit, measured):
    first = statistics.median(next(iter(measured.values())))
    print(f"\n| {title} | {unit} (median) | lowest .. highest | of torch's float32 |\n|---|---|---|---|")
    for name, rates in measured.items():
        middle = statistics.median(rates)
        print(f"| {name} | {middle:.3g} | {min(rates):.3g} .. {max(rates):.3g} | {middle / first:.2f} x |")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    keep_freed_memory()
    torch.manual_seed(2)
    ours = build(AtacWorksConfig.original(), seed=2)
    of_ours = {name: values for name, values in ours.state_dict().items() if name != "sample_scale"}
    weights = {name.replace("fit.0.", "fit."): values for name, values in of_ours.items()}
    plain = [Plain() for _ in range(4)]
    for one in plain:
        one.load_state_dict(weights)
    rows = {
        "torch's layers, float32": Row(plain[0]),
        "torch's layers, bfloat16": Row(plain[1], bfloat16=True),
        "torch's layers, channels last, bfloat16": Row(channels_last(plain[2]), bfloat16=True),
        "cisgram, original (float32)": Row(ours),
        "cisgram, residual form (float32)": Row(build(AtacWorksConfig())),
    }
    rng = np.random.default_rng(0)
    signal = rng.poisson(rng.gamma(0.2, 20, TRACK // 200 + 100).repeat(200))[: TRACK + 2 * MARGIN].astype(np.float32)
    inputs = torch.from_numpy(signal[: BATCH * (WINDOW + 2 * MARGIN)].copy()).view(BATCH, 1, -1)
    targets = torch.stack([inputs[:, 0, MARGIN:-MARGIN] * 3, (inputs[:, 0, MARGIN:-MARGIN] > 5).float()], 1)
    exact = Row(plain[3].double()).track(signal.astype(np.float64))
    print("largest difference from float64:")
    for name, row in list(rows.items())[:4]:
        print(f"  {name}: {np.abs(row.track(signal) - exact).max() / exact.max():.1e}")
    speed, steps = ({name: [] for name in rows} for _ in range(2))
    for number in range(given.rounds + 1):
        for name, row in rows.items():
            of_track, of_step = seconds(row.track, signal), seconds(row.step, inputs, targets)
            if number:
                speed[name].append(TRACK / 1e6 / of_track)
                steps[name].append(BATCH / of_step)
    table("whole track", "Mb/s", speed)
    table("training step", "windows/s", steps)


if __name__ == "__main__":
    main()
