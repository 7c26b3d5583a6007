"""Simulations with the runs that go with them: settings that a small machine finishes in minutes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from cisgram.errors import ConfigError
from cisgram.io.files import write_text_atomic
from cisgram.run.config import config_text
from cisgram.run.demo_atac import atac_run_config
from cisgram.run.demo_cell import cell_run_config
from cisgram.run.demo_cell_types import cell_types_run_config
from cisgram.run.demo_contacts import contacts_run_config
from cisgram.run.demo_expression import expression_run_config
from cisgram.run.folder import Run
from cisgram.simulate.accessibility import AccessibilityConfig, find_accessibility, simulate_accessibility
from cisgram.simulate.atac_cells import AtacConfig, find_atac, simulate_atac
from cisgram.simulate.cell import CellConfig, find_cell, independent_cell, simulate_cell
from cisgram.simulate.contact_cells import ContactConfig, find_contacts, simulate_contacts
from cisgram.simulate.expression_cells import ExpressionConfig, find_expression, simulate_expression

DemoKind: TypeAlias = Literal["binding", "cell-types", "atac", "contacts", "expression"]
"""Factors that bind in one cell, by ChIP-nexus; open chromatin of several cell types, as peaks; their ATAC-seq, cell by
cell; a genome that folds, by Hi-C; or one whose genes listen to distal enhancers, by CAGE and more."""

_FOLDERS: Mapping[DemoKind, str] = {
    "binding": "cell",
    "cell-types": "cell_types",
    "atac": "single_cells",
    "contacts": "folded",
    "expression": "expressed",
}


class Simulated(NamedTuple):
    """A simulation that is on disk."""

    config: Path
    """TOML file of the run that goes with it."""
    truth: Path


def simulate_demo(
    kind: DemoKind,
    folder: Path,
    *,
    size: str = "demo",
    seed: int = 1,
    n_mutants: int = 0,
    is_independent: bool = False,
    experiment: Mapping[str, float] | None = None,
) -> Simulated:
    """Simulate cells or a genome of a kind, and write ``config.toml`` beside the files.

    What is there already, complete and of the same size and seed, is kept. ``n_mutants`` pioneer sites are scrambled
    in a mutant of a cell (:class:`cisgram.simulate.cell.CellConfig`). Where the cell is independent, no motif helps
    another (:func:`cisgram.simulate.cell.independent_cell`). ``experiment`` changes fields of
    :class:`cisgram.simulate.assays.atac.AtacExperiment`, for ATAC-seq.

    Raises
    ------
    ConfigError
        For a size that is not known, and for options that mean nothing to the kind.
    RunFolderError
        Where the folder holds something else.
    """
    if kind != "binding" and n_mutants:
        raise ConfigError("only cells of the kind 'binding' can have mutants; leave out --mutants")
    if kind != "binding" and is_independent:
        raise ConfigError("only cells of the kind 'binding' have motifs that help; leave out --independent")
    if kind != "atac" and experiment:
        raise ConfigError(f"only cells of the kind 'atac' have {', '.join(experiment)}; leave it out")
    if kind == "binding":
        cell = replace(CellConfig.preset(size, seed=seed), n_mutants=n_mutants)
        cell = independent_cell(cell) if is_independent else cell
        files = find_cell(cell, folder) or simulate_cell(cell, folder)
        text = config_text(cell_run_config(files, seed=seed))
    elif kind == "atac":
        single = AtacConfig.preset(size, seed=seed)
        single = replace(single, experiment=replace(single.experiment, **(experiment or {})))
        files = find_atac(single, folder) or simulate_atac(single, folder)
        text = config_text(atac_run_config(files, seed=seed))
    elif kind == "contacts":
        folded = ContactConfig.preset(size, seed=seed)
        files = find_contacts(folded, folder) or simulate_contacts(folded, folder)
        text = config_text(contacts_run_config(files, seed=seed))
    elif kind == "expression":
        expressed = ExpressionConfig.preset(size, seed=seed)
        files = find_expression(expressed, folder) or simulate_expression(expressed, folder)
        text = config_text(expression_run_config(files, seed=seed))
    else:
        cells = AccessibilityConfig.preset(size, seed=seed)
        files = find_accessibility(cells, folder) or simulate_accessibility(cells, folder)
        text = config_text(cell_types_run_config(files, seed=seed))
    path = files.folder / "config.toml"
    write_text_atomic(path, text)
    return Simulated(path, files.truth)


def start_demo(folder: Path, kind: DemoKind = "binding", *, size: str = "demo", seed: int = 1) -> Run[Any]:
    """Simulate into a folder in ``folder`` named after the kind, and start a run in ``folder/run``."""
    data = folder / _FOLDERS[kind]
    made = simulate_demo(kind, data, size=size, seed=seed)
    return Run.start(made.config, folder=folder / "run", data_folder=data)
