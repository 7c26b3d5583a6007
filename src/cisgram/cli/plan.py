"""``cisgram plan``: how far a Basenji sees, and what it takes to see as far as a question needs."""

from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session


def plan(
    see: Annotated[
        int | None,
        typer.Option("--see", min=1, help="Also: dilated convolutions that reach so many bp to either side."),
    ] = None,
    form: Annotated[
        str, typer.Option("--form", help="Form of the model: published, dense, parity, small or tiny.")
    ] = "small",
    input_length: Annotated[
        int | None,
        typer.Option("--input-length", min=1, help="Sequence that it reads in bp (default: the form's own)."),
    ] = None,
    blocks: Annotated[int | None, typer.Option("--blocks", min=0, help="Blocks of its trunk.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", min=1, help="Growth of the dilation.")] = None,
    bin_size: Annotated[
        int | None, typer.Option("--bin-size", min=1, help="Width of a bin in bp, for --see (default: the form's own).")
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Say what one bin of a Basenji sees behind every layer."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from dataclasses import replace

        from cisgram.errors import ConfigError
        from cisgram.models import MODELS
        from cisgram.models.basenji_reach import advise_dilations, dilation_plan

        forms = MODELS["basenji"].forms
        if form not in forms:
            raise ConfigError(f"--form must be one of {', '.join(forms)}; got {form!r}")
        asked = {"input_length": input_length, "n_trunk_blocks": blocks, "dilation_rate": rate}
        config = replace(forms[form](), **{name: value for name, value in asked.items() if value is not None})
        table = dilation_plan(config)
        spoken.result = {"layers": table.to_dict("records"), "bin_size": config.bin_size, "n_bins": config.n_bins}
        spoken.say(f"{config.input_length:,} bp in {config.n_bins:,} predicted bins of {config.bin_size} bp")
        spoken.say(table.to_string(index=False))
        if table.beyond_window.any():
            spoken.say(
                "Even the bin in the middle would see beyond the window: fewer blocks, or a longer input_length."
            )
        if see is not None:
            advice = advise_dilations(see, bin_size=bin_size or config.bin_size)
            spoken.result["advice"] = advice.to_dict("records")
            spoken.say(f"\nTo see {see:,} bp to either side with bins of {bin_size or config.bin_size} bp:")
            spoken.say(advice.round(2).to_string(index=False))
