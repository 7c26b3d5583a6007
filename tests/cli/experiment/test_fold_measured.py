"""``cisgram experiment fold --edit variants`` beside measured maps whose change is planted."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.contacts import ContactBins
from cisgram.interpret.folding.measured import MEASURED_COLUMNS
from cisgram.io.cool.writing import write_cool
from cisgram.io.fasta import write_fasta
from cisgram.io.tables import read_provenance, read_table
from cisgram.models.akita import AkitaConfig, build
from cisgram.simulate.contact_contig import FoldingConfig
from cisgram.simulate.contact_edits import fold_sites
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

BIN, N_BINS = 64, 125
FORM = AkitaConfig.tiny(input_length=64 * BIN, bin_size=BIN)
SITES = [(45, "+"), (58, "-"), (62, "+"), (78, "-")]
FIRST, LAST = 55, 66
"""Bins that are deleted: the border of two domains."""


def folded(order):
    """Contacts of a contig whose bins stand in this order."""
    rows = [
        (at * BIN + 20, at * BIN + 39, dict(SITES)[bin_], 0.95) for at, bin_ in enumerate(order) if bin_ in dict(SITES)
    ]
    sites = pd.DataFrame(rows, columns=["start", "end", "strand", "occupancy"])
    return fold_sites(sites, length_bp=len(order) * BIN, config=FoldingConfig(BIN, n_snapshots=300)).contacts


def write_map(path, contacts, order, *, seed=None, weights=True):
    """The map as aligned reads give it; counts are drawn where there is a seed."""
    square = np.zeros((N_BINS, N_BINS))
    square[np.ix_(order, order)] = 2000 * contacts
    if seed is not None:
        square = np.random.default_rng(seed).poisson(np.triu(square))
    row, column = np.nonzero(np.triu(square))
    own = np.where(np.isin(np.arange(N_BINS), order), 1.0, np.nan)
    bins = ContactBins({"chrI": N_BINS * BIN}, BIN)
    write_cool(path, bins, [(row, column, square[row, column])], weights=own if weights else None)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    identity = ModelIdentity("akita", {**dataclasses.asdict(FORM), "n_tracks": 2}, {"tracks": ["wt", "ko"]})
    save_checkpoint(tmp_path / "model.safetensors", Checkpoint(identity, build(FORM, n_tracks=2, seed=1).state_dict()))
    write_fasta(
        tmp_path / "genome.fa", {"chrI": np.random.default_rng(1).integers(0, 4, N_BINS * BIN).astype(np.uint8)}
    )
    whole = np.arange(N_BINS)
    order = np.delete(whole, np.s_[FIRST:LAST])
    before, after = folded(whole), folded(order)
    for number in (1, 2):
        write_map(tmp_path / f"wt{number}.cool", before, whole, seed=number)
        write_map(tmp_path / f"sv{number}.cool", after, order, seed=10 + number)
    write_map(tmp_path / "wt.true.cool", before, whole)
    write_map(tmp_path / "sv.true.cool", after, order)
    write_map(tmp_path / "raw.cool", after, order, seed=3, weights=False)
    (tmp_path / "sv.bed").write_text(f"chrI\t{FIRST * BIN}\t{LAST * BIN}\tdeletion\nchrI\t4000\t4200\tduplication\n")
    return tmp_path


def call(*words, fails=False, out="out"):
    words = ["experiment", "fold", "model.safetensors", "--genome", "genome.fa", *words, "--out", out, "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == int(fails), done.output
    return done.output if fails else json.loads(done.stdout)


def variants(*words, **options):
    return call("--edit", "variants", "--variants", "sv.bed", *words, **options)


def changes(out):
    with np.load(f"{out}/maps.npz") as maps:
        return maps["measured_change"][0][np.triu_indices(64, 2)]


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_measured_changes_stand_beside_predicted_ones(files):
    summary = variants("--measured", "wt1.cool", "--altered", "sv1.cool")
    table = read_table(files / "out/measured.tsv")
    assert tuple(table.columns) == MEASURED_COLUMNS
    assert "model_sha256" in read_provenance(files / "out/measured.tsv")
    assert table["track"].tolist() == ["wt", "ko"] * 2
    assert (table["pairs_compared"] > 0).tolist() == [True, True, False, False]
    assert table["ceiling"][0] > 0.3
    assert [one["kind"] for one in summary["measured"]] == ["deletion"] * 2 + ["duplication"] * 2
    page = (files / "out/report.html").read_text()
    for text in ("Predicted beside measured changes", "put into the order", "two random halves", "measured change"):
        assert text in page


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_the_planted_change_is_read_from_noisy_maps_and_better_from_replicates(files):
    variants("--measured", "wt.true.cool", "--altered", "sv.true.cool", out="true")
    variants("--measured", "wt1.cool", "--altered", "sv1.cool", out="one")
    both = ("--measured", "wt1.cool", "--measured", "wt2.cool", "--altered", "sv1.cool", "--altered", "sv2.cool")
    found = variants(*both, out="both")
    planted, one, two = (changes(out) for out in ("true", "one", "both"))
    known = np.isfinite(planted) & np.isfinite(one)
    agreement = [np.corrcoef(planted[known], values[known])[0, 1] for values in (one, two)]
    assert 0.5 < agreement[0] < agreement[1]
    ceiling = read_table(files / "both/measured.tsv")["ceiling"][0]
    assert ceiling == pytest.approx(agreement[1], abs=0.12)
    assert any("two replicates" in line for line in found["findings"])
    # Counts that are no whole numbers cannot be dealt into halves.
    assert read_table(files / "true/measured.tsv")["ceiling"].isna().all()


def test_maps_that_do_not_go_together_are_refused(files):
    assert "as many with them (--altered); got 1 and 0" in " ".join(
        variants("--measured", "wt1.cool", fails=True).split()
    )
    assert "not balanced" in variants("--measured", "wt1.cool", "--altered", "raw.cool", fails=True)
    words = ("--edit", "stretches", "--at", "chrI:1-4000", "--measured", "wt1.cool", "--altered", "sv1.cool")
    assert "go with --edit variants" in " ".join(call(*words, fails=True).split())
