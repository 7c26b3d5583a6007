"""What states are called where only segments are given: by a model's marks, or by their numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisgram.genomics.segmentation import Segmentation


def state_labels(segments: Sequence[Path], model: Path | None) -> tuple[list[str] | None, Path | None]:
    """Suggested labels by a model, which is looked for beside the segments where none is given; and that model."""
    from cisgram.chromatin.names import suggest_names
    from cisgram.io.chromhmm.model import read_state_model

    if model is None:
        found = [path.parent / f"model_{path.name.split('_')[-2]}.txt" for path in segments if path.name.count("_") > 1]
        model = next((path for path in found if path.is_file()), None)
    if model is None:
        return None, None
    return [one.label for one in suggest_names(read_state_model(model))], model


def only_states(cells: "Sequence[Segmentation]", labels: Sequence[str], wanted: Sequence[str]) -> "list[Segmentation]":
    """The segments in some states, by number (from 1) or label; all where none is named."""
    from dataclasses import replace

    from cisgram.errors import ConfigError

    if not wanted:
        return list(cells)
    known = {**{str(number): number - 1 for number in range(1, len(labels) + 1)},
             **{label: number for number, label in enumerate(labels)}}  # fmt: skip
    if unknown := [word for word in wanted if word not in known]:
        raise ConfigError(f"there is no state {unknown[0]!r}; there are {', '.join(labels)}")
    kept = [known[word] for word in wanted]
    return [replace(one, segments=one.segments[one.segments["state"].isin(kept)]) for one in cells]
