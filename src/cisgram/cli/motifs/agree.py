"""``cisgram motifs agree``: how far two tables of hits, of two tools or two models, are the same."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session

_HITS = "finemo's hits.tsv, instances.tsv.gz or hits.tsv.gz of a run, or BED with names in column 4"


def agree(
    first: Annotated[Path, typer.Argument(help=f"Hits: {_HITS}.")],
    second: Annotated[Path, typer.Argument(help="Hits to compare them with, in any of these forms.")],
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", help="OLD=NEW: a motif of the second table that the first calls NEW."),
    ] = None,
    min_shared: Annotated[
        float, typer.Option("--min-shared", min=0, max=1, help="Least part of the shorter hit that two must share.")
    ] = 0.5,
    out: Annotated[Path, typer.Option("--out", "-o", help="Table of the agreement.")] = Path("agreement.tsv"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare two tables of hits motif by motif: hits with a partner in the other, and bases covered by both."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError, EmptySetError
        from cisgram.io.hit_tables import read_hit_table
        from cisgram.io.tables import write_table
        from cisgram.motifs.grammar.agreement import ALL, hit_agreement

        words = [one.partition("=") for one in rename or []]
        if wrong := [old for old, equals, new in words if not (old and equals and new)]:
            raise ConfigError(f"--rename takes OLD=NEW; got {wrong[0]!r}")
        names = {old: new for old, _, new in words}
        tables = [read_hit_table(path) for path in (first, second)]
        for path, table in zip((first, second), tables, strict=True):
            if table.empty:
                raise EmptySetError(f"hits in {path}", dropped={})
        if unknown := sorted(names.keys() - set(tables[1]["pattern"])):
            known = ", ".join(sorted(set(tables[1]["pattern"]))[:12])
            raise ConfigError(f"--rename: {second} has no hits of {unknown[0]}; it has {known}")
        renamed = tables[1].assign(pattern=tables[1]["pattern"].map(lambda name: names.get(str(name), str(name))))
        table = hit_agreement(tables[0], renamed, min_shared=min_shared)
        write_table(out, table, provenance={"first": first, "second": second})
        whole = table[table["pattern"] == ALL].iloc[0]
        spoken.result = {
            "table": str(out),
            "agreement": table.astype(object).where(table.notna(), None).to_dict("records"),
        }
        if not set(tables[0]["pattern"]) & set(renamed["pattern"]):
            spoken.say("no motif has the same name in both: see --rename")
        spoken.say(
            f"{whole['share_of_first']:.0%} of {whole['n_first']:,} hits are in the second table, and "
            f"{whole['share_of_second']:.0%} of its {whole['n_second']:,} in the first; by motif: {out}"
        )
