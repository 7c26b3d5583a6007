"""Bad input to the verbs on contact maps: one line that says what is wrong, or a counted warning; never a traceback."""

import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import CisgramWarning
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.io.cool import open_cool, write_cool, write_mcool

BINS = ContactBins(dict.fromkeys(("chr1", "chr2", "chr3"), 600_000), 10_000)
ARGUMENTS = {
    "balance": (),
    "zoom": ("--to", "20000"),
    "expected": (),
    "insulation": (),
    "domains": (),
    "compartments": (),
    "loops": (),
    "pileup": ("SITES", "--flank", "50000"),
    "view": ("chr1:100,001-400,000",),
}
"""What each verb gets beside the map and --out; SITES is a BED of three places."""
NEEDS_BALANCED = ("expected", "insulation", "domains", "compartments", "loops")


@pytest.fixture(scope="module")
def drawn():
    """Pixels and weights of the map that reference values are stored of."""
    with np.load(Path(__file__).parents[2] / "hic" / "data" / "cooltools_map.npz") as stored:
        return tuple(stored[name].astype(np.int64) for name in ("bin1", "bin2", "counts")), stored["weights_all"]


@pytest.fixture(scope="module")
def maps(drawn, tmp_path_factory):
    """One file of every kind of damage."""
    folder = tmp_path_factory.mktemp("maps")
    pixels, weights = drawn
    whole = ContactMap(BINS, *pixels, weights)
    write_cool(folder / "good.cool", BINS, whole.pixels(), weights=weights)
    write_cool(folder / "unbalanced.cool", BINS, whole.pixels())
    write_mcool(folder / "levels.mcool", [(whole, {}), (wide(), {})])
    write_cool(folder / "masked.cool", BINS, whole.pixels(), weights=np.full(BINS.n_bins, np.nan))
    second = np.isin(pixels[0] // 60, [1]) | np.isin(pixels[1] // 60, [1])
    without = ContactMap(BINS, *(column[~second] for column in pixels))
    hole = weights.copy()
    hole[60:120] = np.nan
    write_cool(folder / "empty_contig.cool", BINS, without.pixels(), weights=hole)
    whole_file = (folder / "good.cool").read_bytes()
    (folder / "cut.cool").write_bytes(whole_file[: len(whole_file) // 2])
    (folder / "text.cool").write_text("chr1\t0\t10000\n")
    (folder / "empty.cool").touch()
    damaged(folder, "asymmetric.cool", lambda file: file.attrs.update({"storage-mode": "square"}))
    damaged(folder, "gaps.cool", lambda file: put(file, "bins/end", 10, 109_990))
    damaged(folder, "negative.cool", lambda file: put(file, "pixels/count", 10, -3))
    damaged(folder, "nan.cool", lambda file: floats(file, "pixels/count", 10, np.nan))
    damaged(folder, "words.cool", lambda file: words(file, "bins/weight"))
    damaged(folder, "no_index.cool", lambda file: file.pop("indexes"))
    (folder / "sites.bed").write_text("chr1\t200000\t210000\nchr2\t300000\t310000\nchr3\t400000\t410000\n")
    return folder


def wide():
    bins = ContactBins(dict(BINS.sizes), 20_000)
    return ContactMap(bins, np.array([0]), np.array([1]), np.array([5]))


def damaged(folder, name, change):
    shutil.copy(folder / "good.cool", folder / name)
    with h5py.File(folder / name, "r+") as file:
        change(file)


def put(file, column, at, value):
    file[column][at] = value


def floats(file, column, at, value):
    values = file[column][:].astype(float)
    values[at] = value
    del file[column]
    file[column] = values


def words(file, column):
    n = len(file[column])
    del file[column]
    file[column] = np.array([b"a"] * n)


def run(verb, path, out, *more, maps=None):
    """Run a verb; returns its exit code and its one line of error (empty where there is none)."""
    given = [str(maps / "sites.bed") if word == "SITES" else word for word in ARGUMENTS.get(verb, ())]
    out = out / f"{verb}.mcool" if verb in ("balance", "zoom") and out.is_dir() else out
    done = CliRunner().invoke(app, ["hic", verb, str(path), *given, "--out", str(out), *map(str, more)])
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == (done.exit_code != 0), done.stderr
    assert "Traceback" not in done.stderr
    return done.exit_code, "".join(errors)


@pytest.mark.parametrize("verb", list(ARGUMENTS))
def test_every_verb_refuses_a_file_that_was_cut_short(maps, tmp_path, verb):
    code, line = run(verb, maps / "cut.cool", tmp_path, maps=maps)
    assert (code, "cut.cool" in line, "truncated" in line) == (1, True, True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("asymmetric.cool", "not symmetric"),
        ("gaps.cool", "bins must tile each contig"),
        ("text.cool", "cannot be read as such"),
        ("empty.cool", "the file is empty"),
        ("nan.cool", "contacts must be 0 or more"),
        ("negative.cool", "contacts must be 0 or more"),
        ("no_index.cool", "cannot be read as such"),
        ("missing.cool", "there is no file"),
    ],
)
def test_a_broken_map_is_refused_by_name(maps, tmp_path, name, message):
    for verb in ("balance", "expected"):  # the first reads pixels as they are, the second with weights
        code, line = run(verb, maps / name, tmp_path, maps=maps)
        assert (code, message in line, name in line) == (1, True, True), line


@pytest.mark.parametrize("verb", list(ARGUMENTS))
def test_a_resolution_must_be_chosen_and_be_there(maps, tmp_path, verb):
    code, line = run(verb, maps / "levels.mcool", tmp_path, "--resolution", 7, maps=maps)
    assert (code, "no map of 7 bp; it has 10000, 20000" in line) == (1, True)
    if verb != "balance":  # which balances all of them
        code, line = run(verb, maps / "levels.mcool", tmp_path, maps=maps)
        assert (code, "choose one of 10000, 20000" in line) == (1, True)


@pytest.mark.parametrize("verb", NEEDS_BALANCED)
def test_weights_must_be_there_and_be_numbers_and_not_all_masked(maps, tmp_path, verb):
    cases = {
        "unbalanced.cool": "run 'cisgram hic balance'",
        "words.cool": "must hold numbers",
        "masked.cool": "all 180 bins are masked",
    }
    for name, message in cases.items():
        code, line = run(verb, maps / name, tmp_path, maps=maps)
        assert (code, message in line) == (1, True), line
    code, line = run(verb, maps / "good.cool", tmp_path, "--weight", "chrom", maps=maps)
    assert (code, "no column 'chrom'; they have weight" in line) == (1, True)


@pytest.mark.parametrize("verb", NEEDS_BALANCED)
def test_an_empty_contig_is_told_and_the_others_are_worked_on(maps, tmp_path, verb):
    with pytest.warns(CisgramWarning, match=r"1 of 3 contigs have masked bins only and tell nothing \(chr2\)"):
        assert run(verb, maps / "empty_contig.cool", tmp_path, maps=maps) == (0, "")


@pytest.mark.parametrize("verb", list(ARGUMENTS))
def test_an_out_folder_that_cannot_be_written_is_one_line(maps, tmp_path, verb):
    (tmp_path / "file").write_text("x")
    code, line = run(verb, maps / "good.cool", tmp_path / "file" / "out", maps=maps)
    assert (code, "cannot be written" in line, "a part of the path is a file" in line) == (1, True, True), line


@pytest.mark.parametrize(("verb", "window"), [("insulation", 15_000), ("domains", 15_000), ("insulation", 10_000)])
def test_windows_must_be_multiples_of_the_bin_and_hold_contacts(maps, tmp_path, verb, window):
    code, line = run(verb, maps / "good.cool", tmp_path, "--window", window, maps=maps)
    assert code == 1
    assert ("nearest: 20000" if window == 15_000 else "holds no contact") in line


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("chr1:500,000-700,000", "reaches past the end of chr1"),
        ("chr9:1-100", "no contig 'chr9'"),
        ("chr1:5-2", "0 <= start < end"),
        ("", "no contig ''"),
        ("chr1:1-100", "to draw"),
    ],
)
def test_a_region_must_lie_on_the_map(maps, tmp_path, region, message):
    code, line = run("expected", maps / "good.cool", tmp_path, "--region", region, maps=maps)
    assert (code, message in line) == (1, True), line
    done = CliRunner().invoke(app, ["hic", "view", str(maps / "good.cool"), region, "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert message in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zz\t1\t100\n", "no contig of"),
        ("", "the file is empty"),
        ("# nothing\n", "there is no row"),
        ("chr1\t500\t10\n", "end must lie after start"),
        ("chr1\t-5\t10\n", "start must be 0 or more"),
        ("chr1 5 10\n", "separated by tabs"),
        ("chr1\t900000\t910000\n", "1 at the end of a contig or among masked bins"),
    ],
)
def test_sites_that_cannot_be_used_are_one_line(maps, tmp_path, text, message):
    (tmp_path / "sites.bed").write_text(text)
    shutil.copy(maps / "good.cool", tmp_path / "good.cool")
    code, line = run("pileup", tmp_path / "good.cool", tmp_path, maps=tmp_path)
    assert (code, message in line) == (1, True), line


def test_sites_on_other_contigs_are_counted_and_other_names_matched(maps, tmp_path):
    (tmp_path / "sites.bed").write_text("I\t200000\t210000\nzz\t1\t100\n")
    with pytest.warns(CisgramWarning) as said:
        code, _ = run("pileup", maps / "good.cool", tmp_path, "--json", maps=tmp_path)
    told = " ".join(str(one.message) for one in said)
    assert code == 0
    assert "I = chr1" in told
    assert "zz" in told


def test_motifs_and_turned_sites_need_strands(maps, tmp_path):
    pairs = tmp_path / "loops.bedpe"
    pairs.write_text("chr1\t100000\t110000\tchr1\t300000\t310000\n")
    for more in (("--flip",), ("--pairs", "--motifs", maps / "sites.bed")):
        code, line = run("pileup", maps / "good.cool", tmp_path, *more, maps=maps)
        assert code == 1
        assert "strand" in line or "no sites" in line
    words = ["hic", "pileup", str(maps / "good.cool"), str(pairs), "--flank", "50000", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*words, "--motifs", str(maps / "sites.bed")])
    assert (done.exit_code, "sites need a strand" in done.stderr) == (1, True)


def genome(path, sizes):
    rng = np.random.default_rng(0)
    path.write_text("".join(f">{name}\n{''.join(rng.choice(list('ACGT'), size))}\n" for name, size in sizes.items()))
    return path


def test_a_genome_of_another_assembly_is_refused_and_of_other_names_matched(maps, tmp_path):
    other = genome(tmp_path / "other.fa", {"chr1": 500_000, "chr2": 300_000, "chr3": 100_000})
    code, line = run("compartments", maps / "good.cool", tmp_path, "--phase", other, maps=maps)
    assert (code, "belongs to another assembly" in line) == (1, True)
    same = genome(tmp_path / "same.fa", dict.fromkeys(("I", "II", "III"), 600_000))
    with pytest.warns(CisgramWarning, match="I = chr1"):
        assert run("compartments", maps / "good.cool", tmp_path, "--phase", same, maps=maps) == (0, "")


def test_paths_with_blanks_and_foreign_letters_work_and_contigs_with_them_are_told(maps, tmp_path):
    place = tmp_path / "a folder ü"
    place.mkdir()
    shutil.copy(maps / "good.cool", place / "my map é.cool")
    assert run("expected", place / "my map é.cool", place / "the results", maps=maps) == (0, "")
    with h5py.File(place / "my map é.cool", "r+") as file:
        del file["chroms/name"]
        file["chroms/name"] = np.array([name.encode() for name in ("Хром-1", "chr2", "chr3")])
    assert open_cool(place / "my map é.cool").bins.chroms[0] == "Хром-1"
    code, line = run("zoom", place / "my map é.cool", place, maps=maps)
    assert (code, "plain ASCII; rename 'Хром-1'" in line, ".partial" in line) == (1, True, False)


def test_weights_that_rise_with_coverage_are_told_by_the_reader_itself(tmp_path):
    bins = ContactBins({"I": 1_200_000}, 10_000)
    at = np.arange(bins.n_bins)
    write_cool(tmp_path / "a.cool", bins, [(at, at, at + 1)], weights=np.sqrt(at + 1.0))
    open_cool(tmp_path / "a.cool")  # the column says that its weights multiply
    with h5py.File(tmp_path / "a.cool", "r+") as file:
        del file["bins/weight"].attrs["divisive_weights"]
    with pytest.warns(CisgramWarning, match="name them 1/weight, or balance anew"):
        open_cool(tmp_path / "a.cool")
    open_cool(tmp_path / "a.cool", weight="1/weight")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_one_line(maps, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    code, line = run("expected", maps / "good.cool", tmp_path / "closed" / "out", maps=maps)
    assert (code, "cannot be written" in line) == (1, True)
