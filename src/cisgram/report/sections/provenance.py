"""The question: what was this made of, so that somebody can make it again."""

from collections.abc import Iterator, Mapping
from typing import Any

from cisgram.report.blocks import Cell, Column, Details, Section, Table, number
from cisgram.report.results import RunResults

_LEAD = (
    "The same inputs, settings, seed, versions and threads on the same machine give the same result, bit for bit on a "
    "CPU. cisgram verify RUN reads every file named here again; cisgram run --reproduce RUN does all of it once more "
    "and compares."
)
_MOST_INPUTS = 12
"""More of them are folded."""

_MEGABYTE = 1e6
_GIGABYTE = 1e9


def provenance(results: RunResults) -> Section:
    """Steps with their times, input files with their hashes, commands, machine and versions, settings."""
    manifest = results.manifest
    settings = (results.folder / "config.toml").read_text(encoding="utf-8")
    tables = (_steps(manifest), _inputs(manifest), _commands(manifest), _environments(manifest))
    blocks = [*(table for table in tables if table.rows), Details("All settings (config.toml)", settings)]
    return Section("Provenance", _LEAD, blocks, varies=True)


def _steps(manifest: Mapping[str, Any]) -> Table:
    """When each step was done, how long it took, and what it needed and left."""
    heads = [
        Column("step"),
        Column("state"),
        Column("started (UTC)"),
        Column("seconds", numeric=True),
        Column("memory (MB)", numeric=True, hint="the most that its process held, libraries included"),
        Column("threads", numeric=True, hint="of torch"),
        Column("files", numeric=True),
        Column("size (MB)", numeric=True),
    ]
    rows = [
        [
            Cell(name),
            Cell(one["state"]),
            Cell(one["started"].removesuffix("+00:00").replace("T", " "), "whole"),
            Cell(number(one["seconds"], 1), "n"),
            Cell(number(_or_none(one.get("peak_memory_bytes"), _MEGABYTE), 0), "n"),
            Cell(number(one.get("threads", {}).get("torch"), 0), "n"),
            Cell(str(len(one["outputs"])), "n"),
            Cell(number(_or_none(sum(one.get("output_bytes", {}).values()), _MEGABYTE), 2), "n"),
        ]
        for name, one in manifest["steps"].items()
        if name != "report"
    ]
    return Table(heads, rows, title="Steps")


def _inputs(manifest: Mapping[str, Any]) -> Table:
    """Input files with their hashes, and who read them."""
    steps = manifest["steps"]
    rows = [
        [
            Cell(name),
            Cell(", ".join(step for step, own in steps.items() if name in own.get("inputs", {})) or "-"),
            Cell(number(one["n_bytes"]), "n"),
            Cell(one["sha256"], "mono"),
        ]
        for name, one in manifest["inputs"].items()
    ]
    heads = [Column("input"), Column("read by"), Column("bytes", numeric=True), Column("sha256")]
    return Table(heads, rows, title="Input files", is_folded=len(rows) > _MOST_INPUTS)


def _commands(manifest: Mapping[str, Any]) -> Table:
    """The commands that did something, in their order."""
    history = manifest.get("history") or [{**manifest["about"], "steps": list(manifest["steps"])}]
    rows = [
        [
            Cell(one.get("at", "").removesuffix("+00:00").replace("T", " ") or "-", "whole"),
            Cell(" ".join(one["command"]), "mono"),
            Cell(", ".join(one["steps"]) or "-"),
        ]
        for one in history
        if "command" in one
    ]
    return Table([Column("at (UTC)"), Column("command"), Column("steps")], rows, title="Commands")


def _environments(manifest: Mapping[str, Any]) -> Table:
    """Machine and versions; a column for each where steps were done on several."""
    about, found = manifest["about"], manifest.get("environments")
    # Manifests of format 1 had one for all steps.
    named = found or {
        "": {key: about[key] for key in ("cisgram", "python", "system", "n_cpus", "packages") if key in about}
    }
    facts = {name: dict(_facts(one)) for name, one in named.items()}
    keys = list(dict.fromkeys(key for one in facts.values() for key in one))
    rows = [[Cell("seed"), *(Cell(str(about.get("seed", "-"))) for _ in facts)]] if facts else []
    rows += [[Cell(key), *(Cell(one.get(key, "-")) for one in facts.values())] for key in keys]
    return Table([Column("made with"), *(Column(_heading(name, manifest, facts)) for name in facts)], rows)


def _heading(name: str, manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Which steps were done there, where not all were."""
    steps = [step for step, one in manifest["steps"].items() if one.get("environment") == name and step != "report"]
    return "" if len(facts) == 1 else ", ".join(steps) or "earlier attempts"


def _facts(environment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts of an environment in words."""
    names = {"cpu": "processor", "instructions": "vector instructions", "n_cpus": "CPUs", "libc": "C library"}
    for key, value in environment.items():
        if key == "memory_bytes":
            yield "memory", f"{value / _GIGABYTE:,.1f} GB" if value else "-"
        elif key == "gpus":
            yield (
                "GPUs",
                ", ".join(f"{one['name']} ({one['memory_bytes'] / _GIGABYTE:,.0f} GB)" for one in value) or "none",
            )
        elif key == "blas":
            yield from ((f"linear algebra of {library}", text) for library, text in value.items())
        elif key == "packages":
            yield from ((package, str(version)) for package, version in value.items())
        else:
            yield names.get(key, key), str(value)


def _or_none(value: float | None, unit: float) -> float | None:
    """A size in another unit; none where it is not known."""
    return value / unit if value else None
