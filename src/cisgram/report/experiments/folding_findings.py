"""What edits did to predicted maps, in plain words with numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def site_findings(effects: pd.DataFrame, corners: pd.DataFrame) -> list[str]:
    """Of sites that were taken out or turned round.

    Parameters
    ----------
    effects, corners
        Columns of :mod:`cisgram.interpret.folding.site_effects`.
    """
    done = "taking a site out" if (effects["edit"] == "delete").all() else "turning a site round"
    sizes, chance = effects["root_mean_square"], effects["random_root_mean_square"]
    above = float((sizes > chance).mean())
    rise = effects["insulation_after"] - effects["insulation_before"]
    found = [
        f"{done[0].upper()}{done[1:]} changes the map by {sizes.mean():.3f} (root mean square, natural-log units; "
        f"median of {len(effects)}: {sizes.median():.3f}), the same at places by chance by {chance.mean():.3f}; "
        f"{above:.0%} of sites do more than that.",
        f"Contacts across the site change by {rise.mean():+.3f} on average ({(rise > 0).mean():.0%} rise: the boundary "
        "is weaker).",
    ]
    convergent = corners[(corners["orientation"] == "convergent") & (corners["corner_before"] > 0)]
    if len(convergent):
        before, after = convergent["corner_before"], convergent["corner_after"]
        found.append(
            f"The corner of {len(convergent)} convergent pairs that had one falls from {before.mean():+.3f} to "
            f"{after.mean():+.3f} when one of the two sites is edited (falls in {(after < before).mean():.0%})."
        )
    return found


def arrangement_findings(table: pd.DataFrame) -> list[str]:
    """Of sites in backgrounds; columns of :mod:`cisgram.interpret.folding.insertion`."""
    found = []
    for track, own in table.groupby("track", sort=False):
        rows = own.set_index("arrangement")
        corners = ", ".join(
            f"{name} {rows.loc[name, 'corner']:+.3f} ({rows.loc[name, 'corner_low']:+.3f} to "
            f"{rows.loc[name, 'corner_high']:+.3f}; {rows.loc[name, 'corner_beyond_singles']:+.3f} beyond what "
            "each does alone)"
            for name in ("convergent", "tandem", "divergent", "scrambled")
        )
        found.append(f"{track}: corner of two sites in backgrounds without structure: {corners}.")
        found.append(
            f"{track}: a single site changes contacts across it by {rows.loc['single', 'insulation_change']:+.3f}; "
            f"scrambled sites by {rows.loc['scrambled', 'insulation_change']:+.3f}."
        )
    return found


def composition_findings(table: pd.DataFrame) -> list[str]:
    """Of what is kept; columns of :mod:`cisgram.interpret.folding.composition`."""
    means = table.groupby("kept")[["correlation", "variance_given_back", "bases_kept"]].mean()
    sites, rest, floor = (means.loc[name] for name in ("sites", "all_but_sites", "nothing"))
    return [
        f"The sites alone ({sites['bases_kept']:.1%} of the bases, all else shuffled) give back "
        f"{sites['variance_given_back']:.0%} of the map's variance (r {sites['correlation']:.2f}); everything but the "
        f"sites gives back {rest['variance_given_back']:.0%} (r {rest['correlation']:.2f}), and nothing but shuffled "
        f"bases {floor['variance_given_back']:.0%} (r {floor['correlation']:.2f}). A flat map gives back 0 %."
    ]


def motif_findings(table: pd.DataFrame) -> list[str]:
    """Of motifs; columns of :mod:`cisgram.interpret.folding.motif_effects`."""
    named = [
        f"{row['motif']}: {row['mean']:.3f} against {row['random_mean']:.3f} by chance ({row['ratio']:.1f} times, q "
        f"{row['q_value']:.2g}, {row['n']} instances)"
        for row in table[table["q_value"] < 0.05].head(5).to_dict("records")
    ]
    if not named:
        return ["No motif's instances change the map more than stretches by chance (q < 0.05)."]
    return [f"Motifs whose instances the map hangs on: {'; '.join(named)}."]


def variant_findings(table: pd.DataFrame) -> list[str]:
    """Of structural variants; columns of :mod:`cisgram.interpret.folding.structural`."""
    first = table.sort_values("root_mean_square", ascending=False, kind="stable").head(4)
    return [
        f"{row['kind'].capitalize()} {row['chrom']}:{row['start'] + 1:,}-{row['end']:,} changes pairs that both maps "
        f"have by {row['root_mean_square']:.3f} (root mean square); contacts across it go from "
        f"{row['crossing_before']:+.3f} to {row['crossing_after']:+.3f}."
        for row in first.to_dict("records")
    ]


def stretch_findings(share_of_top: float, share_of_bases: float, names: Sequence[str]) -> list[str]:
    """Of stretches that were shuffled one by one.

    Parameters
    ----------
    share_of_top
        Of the summed disruption, that of the tenth of stretches that disrupt most.
    share_of_bases
        That tenth's share of all bases.
    names
        Motifs that were found in them, best first.
    """
    found = [f"{share_of_bases:.0%} of the bases hold {share_of_top:.0%} of the disruption."]
    if names:
        found.append(f"Motifs found in them without being told: {', '.join(names)}.")
    return found


def concentration(disruption: np.ndarray, *, share: float = 0.1) -> float:
    """Of summed disruption, the part that the largest values hold.

    Examples
    --------
    >>> concentration(np.array([9.0] + [0.0] * 9))
    1.0
    """
    ordered = np.sort(disruption.ravel())[::-1]
    total = float(ordered.sum())
    return float(ordered[: max(1, round(share * ordered.size))].sum()) / total if total else float("nan")
