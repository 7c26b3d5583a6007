"""A campaign of faults: draws them, judges them one after the other, writes a table and counts what became of them."""

import argparse
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.commands import COMMANDS, Commands
from tests.faults.commands import KINDS as COMMAND_KINDS
from tests.faults.fault import KINDS, Fault, draw
from tests.faults.harness import Harness, Outcome
from tests.faults.smallest import KINDS as SMALLEST
from tests.faults.smallest import QUICK

RUNS = [name for name in SMALLEST if name != QUICK]

COLUMNS = ("id", "run", "step", "kind", "verdict", "seconds", "first", "second", "problems")


def main() -> int:
    """Do what the command line asks; 1 where a fault has done harm."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an input that is changed just now is put back
    with TemporaryDirectory() as temporary:
        made = Commands if asked.commands else Harness
        harness = made(asked.folder or Path(temporary), is_blank=not asked.pictures)
        try:
            faults = [Fault.parse(text) for text in asked.only]
            runs = sorted({fault.run for fault in faults}) or asked.commands or asked.runs
            for run in runs:
                harness.build(run)
                print(f"{run}: {', '.join(harness.courses[run])}", flush=True)
            kinds = [kind for kind in asked.kinds if not asked.commands or kind in COMMAND_KINDS]
            faults = faults or draw(harness.courses, asked.n, seed=asked.seed, kinds=kinds)
            outcomes = _campaign(harness, faults, asked.out)
        finally:
            harness.close()
    for by in ("kind", "run", "step"):
        print(f"\nby {by}")
        counts = Counter((getattr(one.fault, by), one.verdict) for one in outcomes)
        for name in dict.fromkeys(name for name, _ in sorted(counts)):
            print(f"{name:16}", *(f"{verdict} {counts[name, verdict]:4}" for verdict in ("same", "refused", "failed")))
    return int(any(one.verdict == "failed" for one in outcomes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--n", type=int, default=50, help="how many faults are drawn")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same faults")
    parser.add_argument("--out", type=Path, help="table of all faults (TSV); faults that it holds are left out")
    parser.add_argument("--only", nargs="*", default=[], metavar="ID", help="these faults and no others")
    parser.add_argument("--runs", nargs="*", default=RUNS, choices=list(SMALLEST))
    parser.add_argument("--commands", nargs="*", default=[], choices=list(COMMANDS), help="these instead of runs")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--folder", type=Path, help="where to work; simulations in it are kept")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures of reports, too")
    return parser.parse_args()


def _campaign(harness: Harness, faults: list[Fault], out: Path | None) -> list[Outcome]:
    """Judge all faults, and write each down at once."""
    outcomes = []
    known = set(out.read_text().split("\n", 1)[-1].split()) if out and out.exists() else set()
    if out and not out.exists():
        out.write_text("\t".join(COLUMNS) + "\n")
    for number, fault in enumerate(faults, 1):
        if fault.id in known:
            continue
        began = time.monotonic()
        outcome = harness.judge(fault)
        seconds = time.monotonic() - began
        outcomes.append(outcome)
        print(
            f"{number:4} {outcome.verdict:8} {seconds:5.1f} s  {fault.id}",
            *outcome.problems,
            sep="\n      ",
            flush=True,
        )
        if out:
            values = (fault.id, fault.run, fault.step, fault.kind, outcome.verdict, f"{seconds:.1f}")
            texts = (outcome.first, outcome.second, " | ".join(outcome.problems))
            with out.open("a") as table:
                table.write("\t".join((*values, *(" ".join(text.split()) for text in texts))) + "\n")
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
