"""The same for commands that are no run: ``simulate`` of every kind, and ``variants``, which resumes."""

import time
from pathlib import Path
from random import Random

from tests.faults.disturb import START
from tests.faults.fault import Course, Fault
from tests.faults.harness import Harness, Outcome, Verdict
from tests.faults.sameness import digest_of

from cisgram.io.fasta import read_genome

SIMULATIONS = ("binding", "cell-types", "atac", "chromatin", "contacts", "expression")
VARIANTS = "variants"
COMMANDS = (*(f"simulate-{kind}" for kind in SIMULATIONS), VARIANTS)
KINDS = ("clock", "kill", "term", "full", "eio", "limit", "disk")
"""Faults that a command without steps can meet."""
_MODEL = "quick"
_N_VARIANTS = 700


class Commands(Harness):
    """Commands that were finished once without a fault, and a place to disturb them."""

    def build(self, kind: str) -> None:
        """Give the command once without a fault, and note what it made."""
        if kind == VARIANTS:
            super().build(_MODEL)
            del self.courses[_MODEL]  # it is only asked
            _write_variants(self.data[_MODEL].parent / "genome.fa.gz", self.folder / "asked.vcf")
        self._known = []
        self._empty_work()
        began = time.monotonic()
        said = self.command(kind)
        assert said.code == 0, said.err
        self.expected[kind] = {START: self._found()}
        counts, sizes = said.counts[START], [path.stat().st_size for path in self.run.rglob("*") if path.is_file()]
        self.courses[kind] = {
            START: Course(
                time.monotonic() - began, counts.get("operations", 0), counts.get("writes", 0),
                counts.get("reads", 0), sum(sizes), max(sizes),
            )
        }  # fmt: skip

    def judge(self, fault: Fault) -> Outcome:
        """Do the harm, give the same command again, and compare."""
        first, _ = self._harm(fault, Random(fault.id))
        problems = list(self._complaints(fault, first))
        n_parts = len(list(self.run.glob("parts/[0-9]*.scores.tsv.gz")))
        if self.work.is_mount():
            self._widen_disk()
        again = self.command(fault.run)
        verdict: Verdict = "same" if again.code == 0 else "refused"
        if again.code != 0:
            problems.append(
                f"the same command does not finish: {again.short} {'' if again.is_clear else again.err[-600:]}"
            )
        else:
            was, now = self.expected[fault.run][START], self._found()
            if was.keys() != now.keys():
                problems.append(f"other files: {', '.join(sorted(was.keys() ^ now.keys()))}")
            if other := sorted(path for path in was.keys() & now.keys() if was[path] != now[path]):
                problems.append(f"{', '.join(other)} differ from those of a command without faults")
        if n_parts and "were scored by an earlier call" not in again.err:
            problems.append(f"{n_parts} parts were done and are done again")
        return Outcome(fault, "failed" if problems else verdict, first.short, again.short, tuple(problems))

    def before(self, kind: str, step: str) -> None:  # noqa: ARG002 - they all begin with nothing
        """Empty the work folder."""
        self._empty_work()

    def _words(self, kind: str) -> list[str]:
        if kind == VARIANTS:
            model = self.folder / _MODEL / "kept" / "run"
            asked = ["--vcf", str(self.folder / "asked.vcf"), "--n-null", "50", "--top", "1", "--map-bp", "4"]
            return [VARIANTS, str(model), *asked, "--out", str(self.run), "--json"]
        if kind.startswith("simulate-"):
            return ["simulate", str(self.run), "--kind", kind.removeprefix("simulate-"), "--size", "tiny", "--json"]
        return super()._words(kind)

    def _found(self) -> dict[str, str]:
        """Digests of all files but those that only keep others away."""
        files = [path for path in self.run.rglob("*") if path.is_file() and path.name != ".lock"]
        return {path.relative_to(self.run).as_posix(): digest_of(path) for path in sorted(files)}


def _write_variants(genome: Path, path: Path) -> None:
    """Single letters changed at even distances, enough of them that they are scored in several parts."""
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    held = read_genome(genome, cache_folder=path.parent / "cache-of-variants")
    total = sum(held.sizes.values())
    for name, size in held.sizes.items():
        for place in range(2000, size - 2000, max(total // _N_VARIANTS, 1)):
            code = int(held.codes(name, place, place + 1)[0])
            if code < 4:
                lines.append(f"{name}\t{place + 1}\t{name}_{place}\t{'ACGT'[code]}\t{'CGTA'[code]}\t.\t.\t.")
    path.write_text("\n".join(lines) + "\n")
