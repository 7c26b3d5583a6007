"""Puts one fault into one run, gives the same command again, and judges what has become of it."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

from tests.faults.damage import damage
from tests.faults.disturb import START
from tests.faults.fault import DAMAGING, Course, Fault
from tests.faults.sameness import results_of
from tests.faults.smallest import write_smallest

import cisgram

Verdict = Literal["same", "refused", "failed"]
ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """What became of a fault."""

    fault: Fault
    verdict: Verdict
    """``same``: the same command finished with the same results; ``refused``: one clear line; ``failed``: else."""
    first: str
    """What the disturbed command did."""
    second: str
    """What the same command did then."""
    problems: tuple[str, ...] = ()
    """What is wrong, where something is."""


@dataclass
class Said:
    """How a command ended."""

    code: int | None
    out: str
    err: str
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def errors(self) -> list[str]:
        """Its lines of error."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    @property
    def is_clear(self) -> bool:
        """Whether it is done, or has failed with one line that says why."""
        return self.code == 0 or (self.code == 1 and len(self.errors) == 1 and "Traceback" not in self.err)

    @property
    def short(self) -> str:
        """For a table."""
        if self.code == 0:
            return "done"
        last = self.errors[-1] if self.errors else (self.err.strip().splitlines() or [""])[-1]
        return f"{self.code}: {last}"[:300]

    @property
    def done(self) -> list[str]:
        """Steps that it did."""
        with suppress(ValueError, KeyError):
            return list(json.loads(self.out)["done"])
        return []


class Harness:
    """The smallest runs, finished once without a fault, and a place to disturb copies of them.

    Parameters
    ----------
    folder
        For everything; may be kept and used again.
    is_blank
        Leave pictures out of the reports.
    """

    def __init__(self, folder: Path, *, is_blank: bool = True) -> None:
        self.folder, self.is_blank = folder.resolve(), is_blank
        self.expected: dict[str, dict[str, dict[str, str]]] = {}
        self.courses: dict[str, dict[str, Course]] = {}
        self.data: dict[str, Path] = {}
        self._known: list[str] = []
        self.work = self.folder / "work"
        self.run, self.cache = self.work / "run", self.work / "cache"
        (self.folder / "home").mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "NUMBA_NUM_THREADS": "1",
            "HOME": str(self.folder / "home"),
        }
        environment["PYTHONPATH"] = os.pathsep.join((*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)))
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=self.folder,
        )  # fmt: skip
        assert self._server.stdout is not None
        json.loads(self._server.stdout.readline())

    def close(self) -> None:
        """End the process that starts commands, and give back a small disk if one is there."""
        for stream in (self._server.stdin, self._server.stdout):
            assert stream is not None
            stream.close()
        self._server.wait()
        self._leave_disk()

    # Undisturbed runs

    def build(self, kind: str) -> None:
        """Simulate, run once without a fault, and note what every step does; or take up what an earlier call noted."""
        data, kept, notes = (self.folder / kind / name for name in ("data", "kept", "notes.json"))
        self.data[kind] = write_smallest(kind, data) if not (data / "config.toml").exists() else data / "config.toml"
        if not notes.exists() or json.loads(notes.read_text())["source"] != _version_of_source():
            self._empty_work()
            self._known = []
            said = self.command(kind)
            assert said.code == 0, said.err
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.work, kept)
            noted = {"source": _version_of_source(), "digests": results_of(kept / "run"), "counts": said.counts}
            notes.write_text(json.dumps(noted))
        noted, steps = json.loads(notes.read_text()), self._manifest(kind)["steps"]
        self.expected[kind] = noted["digests"]
        self.courses[kind] = {}
        for name in (START, *steps):
            sizes = [(kept / "run" / path).stat().st_size for path in steps.get(name, {}).get("outputs", ())]
            counts = noted["counts"].get(name, {})
            self.courses[kind][name] = Course(
                steps.get(name, {}).get("seconds", 0.1),
                counts.get("operations", 0), counts.get("writes", 0), counts.get("reads", 0),
                sum(sizes), max(sizes, default=0),
            )  # fmt: skip

    def before(self, kind: str, step: str) -> None:
        """Put the work folder in the state in which a step begins; a run that was never started for the first."""
        self._empty_work()
        if step == START:
            return
        shutil.copytree(self.folder / kind / "kept", self.work, dirs_exist_ok=True)
        order = list(self.courses[kind])[1:]
        path = self.run / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest.pop("sha256", None)
        for name in order[order.index(step) :]:
            for output in manifest["steps"].pop(name)["outputs"]:
                (self.run / output).unlink()
        path.write_text(json.dumps(manifest))
        for folder in sorted(self.run.rglob("*"), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        if step == order[0]:
            shutil.rmtree(self.cache, ignore_errors=True)

    def finished(self, kind: str) -> None:
        """Put the work folder in the state of a finished run."""
        self._empty_work()
        shutil.copytree(self.folder / kind / "kept", self.work, dirs_exist_ok=True)

    # One fault

    def judge(self, fault: Fault) -> Outcome:
        """Do the harm, give the same command again, and compare."""
        rng = Random(f"{fault.id}")
        later = list(self.courses[fault.run])
        # Every tenth fault is followed to the end of the run, the others as far as the step that comes after.
        self._known = later[later.index(fault.step) + 2 :] if fault.seed % 10 else []
        first, harmed = self._harm(fault, rng)
        problems = list(self._complaints(fault, first))
        kept = {} if harmed else self._finished_steps()
        if self.work.is_mount():
            self._widen_disk()
        again = self.command(fault.run)
        second = again.short
        if fault.kind in DAMAGING:
            second = f"{harmed}: {second}"
        if not again.is_clear:
            problems.append(f"the same command ends with {again.code}: {again.err[-600:]}")
        verdict: Verdict = "same" if again.code == 0 else "refused"
        if again.code == 0:
            problems += self._differences(fault, again, kept)
        elif not harmed:
            problems.append(f"the same command does not finish: {again.short}")
        elif problem := _unhelpful(again, harmed, self.run):
            problems.append(problem)
        return Outcome(fault, "failed" if problems else verdict, first.short, second, tuple(problems))

    def command(self, kind: str, order: dict[str, Any] | None = None) -> Said:
        """Run ``cisgram run`` to its end, with a fault or without one."""
        return self._ended(self._begin(kind, order or {}))

    def _harm(self, fault: Fault, rng: Random) -> tuple[Said, str]:
        """Do what the fault says; what was damaged, if it is one that damages a file."""
        if fault.kind in DAMAGING:
            return self._damage(fault, rng)
        self.before(fault.run, fault.step)
        order: dict[str, Any] = {"kind": fault.kind, "step": fault.step, "at": fault.at}
        seconds = fault.at * self.courses[fault.run][fault.step].seconds
        if fault.kind == "disk":
            self._enter_disk(fault)
        if fault.kind in ("input_lost", "input_changed"):
            return self._spoil_input(fault, order, rng), ""
        if fault.kind == "clock":
            begun = self._begin(fault.run, {**order, "kind": ""})
            self._until(begun, fault.step, seconds)
            self._ask(do="kill", process=begun)
            return self._read(begun, -9), ""
        if fault.kind == "second":
            begun = self._begin(fault.run, {**order, "kind": ""}, says="first")
            self._until(begun, fault.step, seconds, says="first")
            other = self.command(fault.run)
            first = self._ended(begun, says="first")
            return Said(first.code, first.out, first.err + other.err if not other.is_clear else first.err), ""
        return self.command(fault.run, order), ""

    def _damage(self, fault: Fault, rng: Random) -> tuple[Said, str]:
        """Damage a file of a step of a finished run, or of one that was killed."""
        if fault.at:
            self.before(fault.run, fault.step)
            said = self.command(fault.run, {"kind": "kill", "step": fault.step, "at": fault.at})
        else:
            self.finished(fault.run)
            said = Said(0, "", "")
        return said, damage(self.work, fault, rng)

    def _spoil_input(self, fault: Fault, order: dict[str, Any], rng: Random) -> Said:
        """An input is lost or changed while the command works, and comes back afterwards, newly written."""
        config = self.data[fault.run]
        inputs = sorted({Path(one["path"]) for one in self._manifest(fault.run)["inputs"].values()})
        victim = rng.choice([path for path in inputs if path != config])
        saved, other = self.folder / "saved", self.folder / "other"
        shutil.copy2(victim, saved)
        data = bytearray(victim.read_bytes())
        for _ in range(3):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        other.write_bytes(data)
        try:
            return self.command(fault.run, {**order, "victim": str(victim), "with": str(other)})
        finally:
            shutil.copyfile(saved, victim)

    # What is wrong

    def _complaints(self, fault: Fault, first: Said) -> list[str]:
        """What a command must not do under a fault."""
        deaths = {"kill": (-9,), "clock": (-9, 0), "term": (-15, 143)}
        if fault.kind in DAMAGING or first.code in deaths.get(fault.kind, ()):
            return []
        if first.code is None:
            return ["the disturbed command never ends"]
        return [] if first.is_clear else [f"the disturbed command ends with {first.code}: {first.err[-900:]}"]

    def _finished_steps(self) -> dict[str, str]:
        """When steps that are done were begun: they must not be done again."""
        with suppress(OSError, ValueError, KeyError):
            steps = json.loads((self.run / "manifest.json").read_text())["steps"]
            return {name: one["started"] for name, one in steps.items() if one["state"] == "done"}
        return {}

    def _differences(self, fault: Fault, again: Said, kept: dict[str, str]) -> list[str]:
        problems: list[str] = []
        found, expected = results_of(self.run), self.expected[fault.run]
        for step in expected:
            if step not in found:
                problems.append(f"{step} is not done")
                continue
            was, now = expected[step], found[step]
            if lost := sorted(was.keys() - now.keys()):
                problems.append(f"{step} lacks {', '.join(lost)}")
            if added := sorted(now.keys() - was.keys()):
                problems.append(f"{step} has {', '.join(added)} besides")
            if other := sorted(path for path in was.keys() & now.keys() if was[path] != now[path]):
                problems.append(f"{step}: {', '.join(other)} differ from those of a run without faults")
        if repeated := sorted(set(again.done) & kept.keys()) if fault.kind != "input_changed" else []:
            problems.append(f"done already and done again: {', '.join(repeated)}")
        left = sorted(str(path.relative_to(self.work)) for path in self.run.rglob("*") if ".partial-" in path.name)
        if left:
            problems.append(f"left over: {', '.join(left)}")
        third = self.command(fault.run)
        if third.code != 0 or third.done:
            problems.append(f"a third call does {third.done} ({third.short})")
        return problems

    # Processes and places

    def _begin(self, kind: str, order: dict[str, Any], says: str = "says") -> int:
        full = {"kind": "", "step": START, "at": 0, "log": str(self.folder / "counts.json"), **order}
        inputs = [str(self.data[kind].parent)] if kind in self.data else []
        full |= {"folders": [str(self.run), str(self.cache)], "inputs": inputs}
        (self.folder / "counts.json").unlink(missing_ok=True)
        known = {name: self._manifest(kind)["steps"][name] for name in self._known if kind in self.courses}
        return self._ask(
            do="start", arguments=self._words(kind), order=full, says=str(self.folder / says), is_blank=self.is_blank,
            known=known, kept=str(self.folder / kind / "kept" / "run"), digests=self.expected.get(kind, {}),
            environment={"CISGRAM_CACHE": str(self.cache)},
        )["process"]  # fmt: skip

    def _words(self, kind: str) -> list[str]:
        """The command."""
        return ["run", str(self.data[kind]), "--out", str(self.run), "--json"]

    def _ended(self, process: int, says: str = "says") -> Said:
        code = self._ask(do="wait", process=process, seconds=_PATIENCE_SECONDS)["code"]
        if code is None:
            self._ask(do="kill", process=process)
        return self._read(process, code, says)

    def _read(self, _: int, code: int | None, says: str = "says") -> Said:
        path, counts = self.folder / says, {}
        with suppress(OSError, ValueError):
            counts = json.loads((self.folder / "counts.json").read_text())
        out, err = (path.with_suffix(suffix).read_text(errors="replace") for suffix in (".out", ".err"))
        return Said(code, out, err, counts)

    def _until(self, process: int, step: str, seconds: float, says: str = "says") -> None:
        """Wait until a step has begun and so many seconds more, or until the command is over."""
        path = (self.folder / says).with_suffix(".err")
        for _ in range(6000):
            if step == START or (path.exists() and f"{step}: begins" in path.read_text(errors="replace")):
                break
            if self._ask(do="look", process=process, seconds=0.01)["is_over"]:
                return
        self._ask(do="look", process=process, seconds=seconds)

    def _ask(self, **question: Any) -> dict[str, Any]:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(question) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())

    def _manifest(self, kind: str) -> dict[str, Any]:
        return json.loads((self.folder / kind / "kept" / "run" / "manifest.json").read_text())

    def _empty_work(self) -> None:
        self._leave_disk()
        shutil.rmtree(self.work, ignore_errors=True)
        self.cache.mkdir(parents=True)

    def _enter_disk(self, fault: Fault) -> None:
        """Have the work folder lie on a disk of its own with room for a share of what the step will write."""
        aside = self.folder / "aside"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(self.work, aside)
        order = list(self.courses[fault.run])
        rest = sum(self.courses[fault.run][name].n_bytes for name in order[order.index(fault.step) :])
        own = self.courses[fault.run][fault.step].n_bytes or rest
        there = sum(path.stat().st_size + 4096 for path in aside.rglob("*") if path.is_file())
        size = int(there + fault.at * own + 8192)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.work], check=True)
        shutil.copytree(aside, self.work, dirs_exist_ok=True)

    def _widen_disk(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=1g", self.work], check=True)

    def _leave_disk(self) -> None:
        if self.work.is_mount():
            subprocess.run(["umount", self.work], check=True)


def _version_of_source() -> float:
    """When the newest file of the package was changed."""
    return max(path.stat().st_mtime for path in Path(cisgram.__file__).parent.rglob("*.py"))


def _unhelpful(said: Said, harmed: str, run: Path) -> str:
    """What is wrong with a refusal of a damaged file: it must name the file, or the folder that it describes."""
    line = said.errors[0] if said.errors else ""
    named = (
        (Path(harmed).name, str(run)) if Path(harmed).name in ("config.toml", "manifest.json") else (Path(harmed).name,)
    )
    return "" if any(name in line for name in named) else f"the error does not name {harmed}: {line}"
