"""Largest differences between cisgram's BPNet and bpnet-lite's with the same weights: outputs, loss, gradients.

bpnet-lite makes a model with random weights, predicts made-up windows and differentiates its loss; cisgram is given the
weights and must come to the same. Both compute in float64, so what remains is rounding; then in float32.

Usage, from an environment with cisgram::

    python benchmarks/parity_with_bpnetlite.py --peer /path/to/python-with-bpnet-lite
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

INPUT, OUTPUT, N_WINDOWS, COUNTS_WEIGHT = 2114, 1000, 4, 42.0


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--peer", help="python with bpnet-lite", required=True)
    options.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.worker:
        for n_controls in (0, 2):
            for dtype in (torch.float64, torch.float32):
                np.savez(given.worker / f"{n_controls}-{dtype}.npz", **bpnetlite(n_controls, dtype))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [given.peer, __file__, "--peer", given.peer, "--worker", folder]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        print("| controls | numbers | logits | log counts | loss | gradients |\n|---|---|---|---|---|---|")
        worst = 0.0
        for n_controls in (0, 2):
            for dtype in (torch.float64, torch.float32):
                theirs = np.load(Path(folder) / f"{n_controls}-{dtype}.npz")
                differences = compare(cisgram(n_controls, dtype, theirs), theirs)
                print(f"| {n_controls} | {str(dtype)[6:]} |", *(f"{one:.1e} |" for one in differences))
                worst = max(worst, *differences)
    sys.exit(f"they differ by up to {worst:.1e}" if worst > 1e-5 else 0)


def windows(n_controls, dtype):
    """One-hot sequences, control reads and reads."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 5, (N_WINDOWS, INPUT), generator=generator)
    one_hot = (codes[:, None] == torch.arange(4)[:, None]).to(dtype)
    controls = torch.poisson(torch.full((N_WINDOWS, n_controls, INPUT), 0.1), generator=generator).to(dtype)
    reads = torch.poisson(torch.full((N_WINDOWS, 2, OUTPUT), 0.3), generator=generator).to(dtype)
    return one_hot, controls if n_controls else None, reads


def bpnetlite(n_controls, dtype):
    """What it computes, and its weights and gradients by its own names."""
    from bpnetlite.bpnet import BPNet, _mixture_loss

    torch.manual_seed(1)
    model = BPNet(n_control_tracks=n_controls, count_loss_weight=COUNTS_WEIGHT, verbose=False).to(dtype)
    one_hot, controls, reads = windows(n_controls, dtype)
    logits, log_counts = model(one_hot, controls)
    loss = _mixture_loss(reads, logits, log_counts, COUNTS_WEIGHT)[2]
    loss.backward()
    weights = {f"weight:{name}": values.detach().numpy() for name, values in model.named_parameters()}
    gradients = {f"gradient:{name}": values.grad.numpy() for name, values in model.named_parameters()}
    outputs = {"logits": logits, "log_counts": log_counts, "loss": loss}
    return {**{name: values.detach().numpy() for name, values in outputs.items()}, **weights, **gradients}


def cisgram(n_controls, dtype, theirs):
    """The same from our model with their weights."""
    from cisgram.models.bpnet import BPNetConfig, build, loss

    model = build(
        BPNetConfig.modern(control="concatenated" if n_controls else "none"), n_tracks=1, n_controls=n_controls
    )
    model = model.to(dtype)
    model.load_state_dict({name: torch.tensor(values) for name, values in renamed(theirs, "weight").items()})
    one_hot, controls, reads = windows(n_controls, dtype)
    output = model(one_hot, controls)
    value = loss(output, reads[:, None], counts_weight=COUNTS_WEIGHT)
    value.backward()
    return {
        "logits": output.profile_logits[:, 0],
        "log_counts": output.log_counts[:, 0],
        "loss": value,
        **{name: values.grad for name, values in model.named_parameters()},
    }


def renamed(theirs, kind):
    """Their weights or gradients by our names; what belongs to controls is cut off, since we add its part."""
    find = {name.removeprefix(f"{kind}:"): theirs[name] for name in theirs.files if name.startswith(f"{kind}:")}
    ours = {f"stem.{part}": find[f"iconv.{part}"] for part in ("weight", "bias")}
    for i in range(sum(name.startswith("rconvs") for name in find) // 2):
        ours |= {f"tower.convolutions.{i}.{part}": find[f"rconvs.{i}.{part}"] for part in ("weight", "bias")}
    n_filters = len(find["iconv.bias"])
    profile, counts = find["fconv.weight"], find["linear.weight"]
    ours |= {
        "profile_head.convolution.weight": profile[:, :n_filters],
        "profile_head.convolution.bias": find["fconv.bias"],
        "counts_head.linear.weight": counts[:, :n_filters],
        "counts_head.linear.bias": find["linear.bias"],
    }
    if profile.shape[1] > n_filters:
        ours |= {"control.profile_weights.weight": profile[:, n_filters:]}
        ours |= {"control.counts_weights.weight": counts[:, n_filters:]}
    return ours


def compare(ours, theirs):
    """Largest difference of each output, and of all gradients, as a share of the largest value there is."""
    gradients = renamed(theirs, "gradient")
    pairs = {name: (ours[name], theirs[name]) for name in ("logits", "log_counts", "loss")}
    differences = [relative(*pair) for pair in pairs.values()]
    return [*differences, max(relative(ours[name], values) for name, values in gradients.items())]


def relative(ours, theirs):
    ours = ours.detach().numpy()
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


if __name__ == "__main__":
    main()
