"""Write docs/configuration.md from the settings' own dataclasses, so that it cannot drift from them.

Usage: ``python docs/make_reference.py`` writes the page, with ``--check`` it says whether the page is up to date.
"""

import argparse
import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cisgram.models import MODELS
from cisgram.run.config import KINDS
from cisgram.run.toml import values_of

PAGE = Path(__file__).with_name("configuration.md")
HEAD = """# Configuration

Every key of a run's TOML file, with its default. A key that is not listed here is an error, with the nearest one
that is. Relative paths begin at `--data`, else at `$CISGRAM_DATA`, else at the folder of the TOML file.

There are five kinds of runs: on profiles, which BPNet predicts base by base; on labels, which Basset predicts for
whole sequences; on coverage, which AtacWorks denoises; on contact maps, which Akita predicts; and on tracks in bins,
which Basenji predicts from long sequences. `[model] name` says which; left out, a file with `[[maps]]` is a run on
contact maps, one with `[[pairs]]` a run on coverage, one with `track_table` a run on tracks in bins, and one with
`[sites]` or `[sequences]` a run on labels.
"""

KIND_TITLES = {
    "bpnet": "Runs on profiles (BPNet)",
    "basset": "Runs on labels (Basset)",
    "atacworks": "Runs on coverage (AtacWorks)",
    "akita": "Runs on contact maps (Akita)",
    "basenji": "Runs on tracks in bins (Basenji)",
}


def field_texts(section: type) -> dict[str, str]:
    """The docstrings below the fields of a dataclass, by field."""
    body = ast.parse(inspect.getsource(section)).body[0].body
    texts = {}
    for statement, following in pairwise(body):
        is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if isinstance(statement, ast.AnnAssign) and is_text:
            texts[statement.target.id] = " ".join(str(following.value.value).split())
    return texts


def default_text(field: Field) -> str:
    """The default as TOML would have it."""
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = values_of(field.default if field.default is not MISSING else field.default_factory())
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "none" if value is None else f"`{value!r}`".replace("'", '"')


def type_text(hint: Any) -> str:
    """The kind of value, in words."""
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if hint in names:
        return names[hint]
    arguments = get_args(hint)
    if arguments and all(isinstance(one, str) for one in arguments):
        return " or ".join(f"`{one}`" for one in arguments)
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        inner = [one for one in arguments if one is not type(None)]
        return "number" if set(inner) <= {int, float} else " or ".join(type_text(one) for one in inner)
    if arguments and arguments[-1] is Ellipsis:
        return f"list of {type_text(arguments[0])}"
    if arguments:
        return "list of " + ", ".join(type_text(one) for one in arguments)
    return getattr(hint, "__name__", str(hint))


def sections(run: type) -> Iterator[tuple[str, type]]:
    """Heading and dataclass of every section of one kind of run, in the order of the file."""
    hints = get_type_hints(run)
    for field in fields(run):
        inner = next((one for one in (hints[field.name], *get_args(hints[field.name])) if is_dataclass(one)), None)
        if field.name == "model":
            yield from (
                (f'[model] name = "{name}"', entry.config) for name, entry in MODELS.items() if KINDS[name] is run
            )
        elif inner is not None:
            yield f"[[{field.name}]]" if field.name in ("tracks", "pairs", "maps") else f"[{field.name}]", inner
            yield from deeper(field.name, inner)


def deeper(name: str, section: type) -> Iterator[tuple[str, type]]:
    """Heading and dataclass of the sections inside a section."""
    hints = get_type_hints(section)
    for one in fields(section):
        if is_dataclass(hints[one.name]):
            yield f"[{name}.{one.name}]", hints[one.name]
            yield from deeper(f"{name}.{one.name}", hints[one.name])


def other_defaults(run: type, name: str, section: type) -> str:
    """Where a kind of run has defaults of its own for a section that others have, too: which, as TOML has them."""
    field = next((one for one in fields(run) if one.name == name), None)
    if field is None or field.default_factory in (MISSING, section):
        return ""
    own, usual = values_of(field.default_factory()), values_of(section())
    changed = [f"`{key} = {value!r}`" for key, value in own.items() if value != usual[key]]
    return f", with other defaults: {', '.join(changed)}"


def table(section: type, *, leave_out: tuple[str, ...] = ()) -> str:
    """The keys of one section as a Markdown table."""
    hints, texts = get_type_hints(section), field_texts(section)
    rows = [
        f"| `{field.name}` | {type_text(hints[field.name])} | {default_text(field)} | {texts.get(field.name, '')} |"
        for field in fields(section)
        if field.name not in leave_out
    ]
    return "\n".join(["| key | kind | default | meaning |", "|---|---|---|---|", *rows])


def page() -> str:
    """The whole page; a section that several kinds of runs have stands with the first."""
    parts, seen, seen_keys = [HEAD], set(), set()
    for name, run in KINDS.items():
        hints = get_type_hints(run)
        plain = [field.name for field in fields(run) if hints[field.name] in (str, int)]
        nested = tuple(field.name for field in fields(run) if field.name not in plain)
        parts.append(f"## {KIND_TITLES[name]}")
        if fresh := set(plain) - seen_keys:
            known = tuple(name for name in plain if name not in fresh)
            parts.append("### At the top\n\n" + table(run, leave_out=(*nested, *known)))
            seen_keys |= fresh
        for heading, section in sections(run):
            if section in seen:
                parts.append(f"### `{heading}`\n\nAs above{other_defaults(run, heading.strip('[]'), section)}.")
                continue
            seen.add(section)
            summary = inspect.getdoc(section).split("\n\n")[0].replace("\n", " ")
            keys = tuple(one.name for one in fields(section) if is_dataclass(get_type_hints(section)[one.name]))
            parts.append(f"### `{heading}`\n\n{summary}\n\n{table(section, leave_out=keys)}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    if parser.parse_args().check:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
