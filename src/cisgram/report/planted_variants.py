"""Variants whose effects are known because a simulation planted them, beside what the model predicts."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cisgram.report.blocks import Picture, Table, Text
from cisgram.report.variants.agreement import agreement_blocks


def planted_variant_blocks(recovery: Mapping[str, Any]) -> tuple[list[Picture | Table | Text], list[str]]:
    """What a page shows and says of ``recovery["variants"]``; nothing where that is not there."""
    figures = recovery.get("variants")
    if not figures:
        return [], []
    agreement, points = pd.DataFrame(figures["agreement"]), pd.DataFrame(figures["points"])
    blocks, findings = agreement_blocks(agreement.infer_objects(), points, figures["predictors"])
    lead = Text(
        f"Variants: what {figures['n_variants']:,} mutations {figures['where']} do in truth, and what the model says "
        "they do."
    )
    return [lead, *blocks], [f"Effects of variants, {finding}" for finding in findings]
