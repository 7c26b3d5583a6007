"""Broken files by the thousand: made from valid ones by a seed, read in a process of their own, and counted."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NamedTuple

from tests.fuzz.corpus import Corpus
from tests.fuzz.mutations import mutated_bytes
from tests.fuzz.readers import READERS, Reader
from tests.fuzz.structured import change_file

ROOT = Path(__file__).resolve().parents[2]
SLOW_SECONDS = 3.0
"""More work than this on a file of some kilobytes is a finding."""
LARGE_MEGABYTES = 300
"""More memory than this for such a file is one too."""
WALL_SECONDS, START_SECONDS = 300, 600
"""How long an answer is waited for on a machine that has much else to do; work is limited in the process."""
FINDINGS = ("crashed", "died", "broken", "slow", "memory", "nameless", "endless")
"""Outcomes that are mistakes of the house; ``refused`` and ``accepted`` are not."""


class Try(NamedTuple):
    """One broken file and what came of it."""

    reader: str
    number: int
    outcome: str
    text: str
    seconds: float


@dataclass
class Tally:
    """What came of the files of each reader."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    findings: list[Try] = field(default_factory=list)
    kept: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For each reader of a guided campaign, how many files were worth to be broken further, and the steps reached."""

    def add(self, one: Try) -> None:
        """Count one file."""
        self.counts.setdefault(one.reader, Counter())[one.outcome] += 1
        if one.outcome in FINDINGS:
            self.findings.append(one)

    def table(self) -> Iterator[str]:
        """Lines of a table: a reader each, and all together."""
        columns = ("refused", "accepted", *FINDINGS)
        more = ("kept", "reached") if self.kept else ()
        yield f"{'reader':24s}{'tries':>8s}" + "".join(f"{name:>10s}" for name in (*columns, *more))
        total: Counter[str] = Counter()
        for name, counts in [*self.counts.items(), ("all", total)]:
            numbers = [*(counts[column] for column in columns), *self.kept.get(name, ())]
            yield f"{name:24s}{counts.total():8d}" + "".join(f"{number:10d}" for number in numbers)
            total += counts


class Worker:
    """A process that reads files and may die of it; a new one takes its place."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def process_id(self) -> int:
        """Of the process that answers now."""
        return (self._process or self._start()).pid

    def ask(self, reader: str, path: Path, *, guided: bool = False) -> dict[str, Any]:
        """What comes of reading a file: outcome, text, seconds, megabytes; guided, the code that it reached besides."""
        process = self._process or self._start()
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it died since its last answer, which the missing next one tells
            process.stdin.write(json.dumps({"reader": reader, "path": str(path), "guided": guided}) + "\n")
            process.stdin.flush()
        answer = self._answer(process)
        if answer is not None:
            return answer
        code = process.wait()
        self._end()
        said = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return {
            "outcome": "slow" if code == -signal.SIGXCPU else "died",
            "text": said,
            "reached": [],
            "seconds": 0.0,
            "megabytes": 0.0,
        }

    def _start(self) -> subprocess.Popen[str]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": _python_path(), "NUMBA_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        assert self._answer(self._process, START_SECONDS) is not None, "the process does not start"
        return self._process

    def _answer(self, process: subprocess.Popen[str], seconds: float = WALL_SECONDS) -> dict[str, Any] | None:
        """The next line that a process says; None where it died, or takes too long and is ended."""
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        if not ready:
            process.kill()
            return None
        line = process.stdout.readline()
        return json.loads(line) if line else None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


class Bench:
    """Valid files of all readers, and a place where broken ones are made of them."""

    def __init__(self, folder: Path, readers: Sequence[Reader]) -> None:
        self.folder = folder
        for reader in readers:
            valid = self.valid(reader)
            (valid if reader.file else valid.parent).mkdir(parents=True)
            reader.write(valid / reader.file if reader.file else valid)

    def valid(self, reader: Reader) -> Path:
        """Folder of the valid files of a reader."""
        return self.folder / "valid" / reader.name / "files"

    def whole(self, reader: Reader) -> Path:
        """What is read of a reader's valid files, in a copy."""
        return self._copy(reader)

    def broken(self, reader: Reader, *, seed: int, number: int, corpus: Corpus | None = None) -> Path:
        """What is read of the broken file of that number; without a corpus the same for the same seed."""
        rng = Random(f"{seed}/{reader.name}/{number}")
        source = corpus.source(reader, rng) if corpus else None
        path = self._copy(reader, source)
        folder = self.files(reader, path)
        files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name not in reader.fixed)
        changed = rng.choice(files)
        try:
            change_file(changed, rng, reader.form if reader.form != "store" else _form(changed))
        except Exception:  # each library says in its own way that a file is none of its form
            if source is None:
                raise
            changed.write_bytes(mutated_bytes(changed.read_bytes(), rng))
        return path

    def files(self, reader: Reader, path: Path) -> Path:
        """The folder of what is read, and of the files beside it."""
        return path.parent if reader.file else path

    def _copy(self, reader: Reader, source: Path | None = None) -> Path:
        target = self.folder / "broken" / "files"
        if target.parent.exists():
            shutil.rmtree(target.parent)
        shutil.copytree(source or self.valid(reader), target)
        return target / reader.file if reader.file else target


def run_campaign(
    names: Sequence[str],
    *,
    seed: int,
    seconds: float | None = None,
    n_each: int | None = None,
    keep: Path | None = None,
    guided: bool = False,
) -> Tally:
    """Break files of some readers in turn until the time is over, or each had its number.

    Parameters
    ----------
    names
        Readers.
    seed
        Of the accidents; a file depends on it, the reader and its number only.
    seconds
        How long.
    n_each
        How many files of each reader.
    keep
        Where to put files that are findings.
    guided
        Keep each file that reaches code which none before it did, and make the next ones of those: slower by file, and
        a file then depends on those before it.
    """
    tally, readers = Tally(), [READERS[name] for name in names]
    with tempfile.TemporaryDirectory() as folder, Worker() as worker:
        bench = Bench(Path(folder), readers)
        corpus = Corpus(Path(folder) / "kept") if guided else None
        for reader in readers:  # compiles the kernels, and shows that what is broken was whole
            answer = worker.ask(reader.name, bench.whole(reader))
            assert answer["outcome"] == "accepted", f"{reader.name}: {answer}"
        end = monotonic() + (seconds if seconds is not None else 1e9)
        number = 0
        while monotonic() < end and (n_each is None or number < n_each):
            for reader in readers:
                one = try_once(worker, bench, reader, seed=seed, number=number, corpus=corpus)
                tally.add(one)
                if keep is not None and one.outcome in FINDINGS:
                    shutil.copytree(
                        bench.folder / "broken", keep / f"{one.outcome}-{reader.name}-{number}", dirs_exist_ok=True
                    )
            number += 1
        if corpus is not None:
            tally.kept = {reader.name: (corpus.n_kept(reader), corpus.n_reached(reader)) for reader in readers}
    return tally


def try_once(
    worker: Worker, bench: Bench, reader: Reader, *, seed: int, number: int, corpus: Corpus | None = None
) -> Try:
    """Break one file and read it."""
    path = bench.broken(reader, seed=seed, number=number, corpus=corpus)
    answer = worker.ask(reader.name, path, guided=corpus is not None)
    if corpus is not None:
        corpus.add(reader, bench.files(reader, path), answer["reached"], is_read=answer["outcome"] == "accepted")
        if answer["seconds"] > SLOW_SECONDS:  # to be followed line by line takes time of its own
            answer = worker.ask(reader.name, path)
    outcome = answer["outcome"]
    if outcome in ("accepted", "refused") and answer["megabytes"] > LARGE_MEGABYTES:
        outcome = "memory"
    if outcome in ("accepted", "refused") and answer["seconds"] > SLOW_SECONDS:
        outcome = "slow"
    return Try(reader.name, number, outcome, answer["text"], answer["seconds"])


def _python_path() -> str:
    """Where the process finds this package, and what this one finds besides."""
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def _form(file: Path) -> str:
    """How a file of a store is changed, by its name."""
    forms = {".json": "json", ".npy": "npy", ".gz": "bytes", ".tsv": "text"}
    return forms.get(file.suffix, "bytes")
