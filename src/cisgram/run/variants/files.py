"""Files of a call on variants: results, motif sites, agreement, the VCF again with what was found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.io.tables import write_table
from cisgram.io.vcf import InfoField, annotate_vcf
from cisgram.report.variants.overview import STRIKING_Q, strongest_rows
from cisgram.report.variants.results import VariantResults

RESULTS, SITES, GENES, AGREEMENT, NULL, VCF = (
    "results.tsv.gz",
    "motifs.tsv.gz",
    "genes.tsv.gz",
    "agreement.tsv",
    "null.tsv.gz",
    "variants.vcf.gz",
)
"""Names of the files."""

PREFIX = "CG_"
"""What the names of our fields in INFO begin with."""

_FOR_PEOPLE = ("variant", "reference", "alternative")


def write_results(
    out: Path, results: VariantResults, *, genes: pd.DataFrame | None, notes: Mapping[str, object]
) -> None:
    """Write all tables; those of an earlier call that this one has not are taken away."""
    table = results.table.drop(columns=[name for name in _FOR_PEOPLE if name in results.table])
    write_table(out / RESULTS, table, provenance=notes)
    optional = {SITES: results.sites, GENES: genes, AGREEMENT: results.agreement, NULL: results.null}
    for name, one in optional.items():
        (out / name).unlink(missing_ok=True)
        if one is not None and len(one.columns):
            write_table(out / name, one, provenance=notes)


def write_vcf_with(out: Path, source: Path, results: VariantResults) -> None:
    """Write the variants again, with scores of the track in which each stands out most in INFO."""
    first = results.table.drop_duplicates("index").set_index("index")
    best = strongest_rows(results).set_index("index").reindex(first.index)
    model = results.model_text.replace('"', "'")
    fields = [
        InfoField(f"{PREFIX}STATUS", "String", "Whether the allele fits the genome and was scored"),
        InfoField(f"{PREFIX}TRACK", "String", f"Track in which the allele stands out most ({model})"),
    ]
    values: dict[str, list[object]] = {fields[0].name: first["status"].tolist(), fields[1].name: _texts(best["track"])}
    for score in results.scores:
        told = {"": f"{score.definition} ({score.unit}), in that track"}
        if score.name == results.main and results.has_null:
            told["_p"] = f"Empirical p-value of {score.name}: share of null changes of its kind as far from 0"
            told["_q"] = f"Benjamini-Hochberg q-value of {score.name} over all alleles of the track"
        for ending, text in told.items():
            name = f"{PREFIX}{score.name}{ending}"
            fields.append(InfoField(name, "Float", text))
            values[name] = [float(one) for one in best[f"{score.name}{ending}"]]
    if results.sites is not None:
        name = f"{PREFIX}MOTIF"
        fields.append(InfoField(name, "String", "Motif site that changes most, by the sequence alone, and how"))
        sites = results.sites.drop_duplicates("index").set_index("index")
        values[name] = [
            f"{sites['motif_name'][one] or sites['motif'][one]}:{sites['change'][one]}" if one in sites.index else None
            for one in first.index
        ]
    annotate_vcf(source, out / VCF, fields=fields, values=values)


def _texts(column: pd.Series) -> list[object]:
    return [None if pd.isna(one) else str(one) for one in column]


def summary(out: Path, results: VariantResults) -> dict[str, Any]:
    """What JSON is told."""
    rows = strongest_rows(results)
    main = results.main
    shown = ["variant", "name", "track", main, *(f"{main}_{one}" for one in ("p", "q") if f"{main}_{one}" in rows)]
    top = rows.head(20)[shown].astype(object)
    found: dict[str, Any] = {
        "report": str(out / "report.html"),
        "results": str(out / RESULTS),
        "score": main,
        "n_variants": int(results.table["index"].nunique()),
        "n_scored": len(rows),
        "statuses": {status: n for status, n, _ in results.statuses},
        **({"warning": results.warning} if results.warning else {}),
        "top": top.where(top.notna(), None).to_dict("records"),
        "pages": [str(out / address) for address in results.pages.values()],
    }
    if results.has_null:
        q = results.table.groupby("index")[f"{main}_q"].min()
        found["n_striking"] = int((q <= STRIKING_Q).sum())
        found["null"] = results.null_text
    if results.agreement is not None:
        rows = results.agreement.astype(object)
        found["agreement"] = rows.where(results.agreement.notna(), None).to_dict("records")
    return found
