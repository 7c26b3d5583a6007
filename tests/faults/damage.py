"""Damage to a file that lies on the disk between two calls: cut short, bits turned, gone."""

import json
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.faults.disturb import START
from tests.faults.fault import Fault


def damage(work: Path, fault: Fault, rng: Random) -> str:
    """Damage one file; returns its path within ``work``, or nothing where there is none."""
    files = _candidates(work, fault)
    if not files:
        return ""
    victim = rng.choice(files)
    data = bytearray(victim.read_bytes())
    if fault.kind == "lost":
        victim.unlink()
    elif fault.kind == "cut":
        victim.write_bytes(data[: rng.randrange(max(len(data), 1))])
    elif data:
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        victim.write_bytes(data)
    return str(victim.relative_to(work))


def _candidates(work: Path, fault: Fault) -> list[Path]:
    """Files of the step; of a killed one all that no finished step owns; for the start those that belong to no step."""
    run = work / "run"
    steps = {}
    with suppress(OSError, ValueError, KeyError):
        steps = json.loads((run / "manifest.json").read_text())["steps"]
    owned = {run / path for step in steps.values() if step["state"] == "done" for path in step["outputs"]}
    loose = sorted(path for path in work.rglob("*") if path.is_file() and path not in owned and path.name != ".lock")
    if fault.step == START or fault.at:
        return loose
    return sorted(run / path for path in steps[fault.step]["outputs"])
