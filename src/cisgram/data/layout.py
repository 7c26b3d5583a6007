"""What an example store holds: lengths, tracks, controls and, with a number of rows, the shape of every array."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

from cisgram import __version__
from cisgram.data.store_files import layout_of
from cisgram.errors import ConfigError, FormatError

FORMAT = "cisgram example store"
VERSION = 1


@dataclass(frozen=True)
class StoreLayout:
    """Geometry and names of a store; the same for all its rows."""

    input_length: int
    """Length of the sequence that a model reads, in bp."""
    output_length: int
    """Length that is predicted, in the middle of the input, in bp."""
    jitter_bp: int
    """Room on both sides of the stored sequences, counts and controls."""
    n_strands: int
    """2 where strands are told apart (plus, minus), else 1; the same for all tracks."""
    track_names: tuple[str, ...]
    """In the order of the track axis."""
    n_replicates: tuple[int, ...]
    """Per track."""
    control_names: tuple[str, ...] = ()
    """One per channel of the controls; the strands of a control are channels of their own."""
    control_on_reverse: tuple[int, ...] = ()
    """Per control channel: the channel that takes its place on the other strand."""
    genome_sha256: str = ""
    """Of the genome's FASTA."""

    def __post_init__(self) -> None:
        if self.output_length < 1 or self.jitter_bp < 0 or self.input_length < self.output_length:
            raise ConfigError(
                "lengths must hold 1 <= output_length <= input_length and jitter_bp >= 0; got "
                f"output_length {self.output_length}, input_length {self.input_length}, jitter_bp {self.jitter_bp}"
            )
        if (self.input_length - self.output_length) % 2:
            raise ConfigError(
                "input_length and output_length must both be even or both odd, so that the output lies in the middle "
                f"on both strands; got {self.input_length} and {self.output_length}"
            )
        if not self.track_names or len(self.track_names) != len(self.n_replicates):
            raise ConfigError("a store needs at least one track, and the number of replicates of every track")
        if len(set(self.track_names)) < len(self.track_names):
            raise ConfigError(f"every track needs a name of its own; got {', '.join(self.track_names)}")

    @property
    def crop_bp(self) -> int:
        """How far the output starts into the input."""
        return (self.input_length - self.output_length) // 2

    def shapes(self, n_rows: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of every array file, without ``.npy``, for a store of ``n_rows`` windows."""
        wide_input, wide_output = (length + 2 * self.jitter_bp for length in (self.input_length, self.output_length))
        shapes: dict[str, tuple[int, ...]] = {
            "sequences": (n_rows, wide_input),
            "counts": (n_rows, len(self.track_names), self.n_strands, wide_output),
        }
        if self.control_names:
            shapes["controls"] = (n_rows, len(self.control_names), wide_output)
        for track, n in enumerate(self.n_replicates):
            shapes[f"replicates.{track}"] = (n_rows, n, self.n_strands, self.output_length)
        return shapes


class StoreHead(NamedTuple):
    """What layout.json says."""

    layout: StoreLayout
    n_rows: int
    """Number of kept windows."""
    dtypes: dict[str, str]
    """Type of every array, by its name."""


def layout_json(head: StoreHead) -> dict[str, object]:
    """The content of layout.json; the same for the same data and version of cisgram, so that it can be hashed."""
    arrays = {
        name: {"shape": list(shape), "dtype": head.dtypes[name]}
        for name, shape in head.layout.shapes(head.n_rows).items()
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "cisgram": __version__,
        "n_rows": head.n_rows,
        **asdict(head.layout),
        "arrays": arrays,
    }


def read_layout(path: Path) -> StoreHead:
    """Read layout.json.

    Raises
    ------
    FormatError
        If it is no layout, of another version, or contradicts itself.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(path, f"cannot be read as JSON ({error}); make the store again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FormatError(path, f"is not the layout of a {FORMAT}")
    if content.get("version") != VERSION:
        raise FormatError(
            path, f"has version {content.get('version')}; this cisgram reads version {VERSION}: make the store again"
        )
    try:
        layout = layout_of(StoreLayout, {field.name: content[field.name] for field in fields(StoreLayout)})
        n_rows = int(content["n_rows"])
        arrays = content["arrays"]
        dtypes = {name: str(arrays[name]["dtype"]) for name in layout.shapes(n_rows)}
        shapes = {name: tuple(arrays[name]["shape"]) for name in arrays}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormatError(path, f"is incomplete or contradicts itself ({error}); make the store again") from error
    if shapes != layout.shapes(n_rows):
        raise FormatError(
            path, "its arrays do not have the shapes that its lengths and names ask for; make the store again"
        )
    return StoreHead(layout, n_rows, dtypes)
