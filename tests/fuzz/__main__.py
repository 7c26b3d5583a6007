"""``python -m tests.fuzz --minutes 5 --seed 1``: break files, read them, and print what came of it."""

import argparse
from pathlib import Path

from tests.fuzz.campaign import run_campaign
from tests.fuzz.readers import INSTALLED, READERS


def main() -> int:
    """Run a campaign; exit code 1 where there are findings."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long")
    parser.add_argument("--n", type=int, default=None, help="at most so many files of each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", action="append", help="only readers whose names begin so (may be repeated)")
    parser.add_argument("--keep", type=Path, default=None, help="folder for the files that are findings")
    parser.add_argument(
        "--guided", action="store_true", help="break further what reaches code that nothing reached before"
    )
    given = parser.parse_args()
    asked = [name for name in READERS if not given.reader or name.startswith(tuple(given.reader))]
    names = [name for name in asked if name in INSTALLED]
    for name in sorted({*asked} - {*names}):
        print(f"{name}\tnot tried: {READERS[name].library} is not installed")
    if not names:
        parser.error(f"readers are {', '.join(INSTALLED)}")
    tally = run_campaign(
        names, seed=given.seed, seconds=60 * given.minutes, n_each=given.n, keep=given.keep, guided=given.guided
    )
    print("\n".join(tally.table()))
    for one in tally.findings:
        print(f"{one.outcome}\t{one.reader} --seed {given.seed}, number {one.number}\t{one.seconds:.1f} s\t{one.text}")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
