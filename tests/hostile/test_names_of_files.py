"""Files and folders may be called anything that the system lets them be called."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import cisgram
from cisgram.cli.main import app
from cisgram.errors import InputError, MissingExtraError
from cisgram.io.chromhmm.binarised import read_binarised, write_binarised
from cisgram.io.file_names import LONGEST, file_name_from, require_file_name
from cisgram.io.files import write_text_atomic
from cisgram.peaks.macs import MacsConfig, call_macs, find_macs
from cisgram.run.folder import Run
from cisgram.run.pipeline import run_steps
from cisgram.run.registry import steps_of
from cisgram.run.verify import verify_run

NAMES = {
    "blanks": " my  data ",
    "shell": "$(touch pwned)`touch pwned`;touch pwned|&>x",
    "quotes": 'it\'s "quoted"',
    "newline": "two\nlines",
    "dash": "-rf",
    "option": "--out",
    "composed": "Caf\u00e9",
    "decomposed": "Cafe\u0301",
    "other-script": "\u907a\u4f1d\u5b50\U0001f9ec",
    "percent": "%41%s{0}%%",
    "pattern": "[a]*?",
    "backslash": "a\\b",
    "longest": "x" * 255,
    "address": "a#b?c=d",
    "home": "~root",
    "formula": "=1+1",
    "markup": "<script>alert(1)<",
    "dollars": "$HOME $x^$",
    "control": "a\x1b[31mred\x07",
}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty working folder, where a name taken for a command would leave its traces."""
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("kind", list(NAMES))
def test_a_run_is_taken_up_and_verified_in_folders_of_any_name(place, elsewhere, kind):
    inside = place / NAMES[kind] / NAMES[kind]
    inside.mkdir(parents=True)
    for name in ("data", "run"):
        (place / name).rename(inside / name)
    words = ["verify", "--data", str(inside / "data"), str(inside / "run")]
    done = CliRunner().invoke(app, words)
    assert "results of 2 steps" in done.output, done.output
    words = ["run", "--out", str(inside / "run"), "--quiet", "--", str(inside / "nothing.toml")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code in (1, 2), done.output
    run = Run.start(inside / "data" / "config.toml", folder=inside / "run")
    assert run_steps(run, [steps_of(run)["prepare"]]) == []
    assert verify_run(inside / "run").holds
    assert list(elsewhere.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(NAMES))
def test_a_whole_run_ends_in_folders_of_any_name(made, tmp_path, elsewhere, kind):
    inside = tmp_path / NAMES[kind] / NAMES[kind]
    shutil.copytree(made / "data", inside)
    out = tmp_path / NAMES[kind] / f"{NAMES[kind][:200]} out"
    done = CliRunner().invoke(app, ["run", "--out", str(out), "--", str(inside / "config.toml")])
    assert done.exit_code == 0, done.output
    assert (out / "report.html").is_file()
    assert CliRunner().invoke(app, ["verify", str(out)]).exit_code == 0
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("kind", list(NAMES))
def test_short_verbs_work_in_folders_of_any_name(made, tmp_path, elsewhere, kind):
    inside = tmp_path / NAMES[kind]
    shutil.copytree(made / "data", inside)
    hits = inside / "hits.bed"
    words = ["motifs", "scan", "--out", str(hits), "--", str(inside / "motifs.meme"), str(inside / "genome.fa.gz")]
    done = CliRunner().invoke(app, words)
    if kind == "newline":  # a line of a table says where its motifs came from
        assert done.exit_code == 1
        assert "must not have a tab, a line break" in done.output
        return
    assert done.exit_code == 0, done.output
    assert hits.stat().st_size > 0
    assert list(elsewhere.iterdir()) == []


def test_a_name_that_is_no_text_is_one_clear_error(made, tmp_path):
    inside = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    shutil.copytree(made / "data", inside)
    words = ["run", f"{inside}/config.toml", "--out", f"{inside}/run"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "error: a name has bytes that are no UTF-8" in done.output
    assert "rename it" in done.output


def test_a_text_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(InputError, match="no UTF-8"):
        write_text_atomic(path, "caf\udce9")
    assert path.read_text() == "before"


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u907a", "\U00020000"])
def test_names_of_many_byte_letters_stay_short_enough_for_a_file_system(tmp_path, letter):
    name = file_name_from(letter * 500)
    assert len(name.encode()) <= LONGEST
    (tmp_path / f"{name}.something.tsv.gz").write_text("")
    with pytest.raises(InputError, match="bytes in UTF-8"):
        require_file_name(letter * (LONGEST + 1), "a track")


@pytest.mark.parametrize("cell", ["../../outside", "/tmp/outside", "..\\outside", "a\x1b[2J"])
def test_a_file_of_marks_cannot_name_a_cell_type_that_leads_elsewhere(tmp_path, cell):
    (tmp_path / "K562_chr1_binary.txt").write_text(f"{cell}\tchr1\nH3K4me3\n1\n0\n")
    with pytest.raises(InputError, match=r"line 1.*cell type's name becomes part of a file's name"):
        read_binarised(tmp_path)


@pytest.mark.parametrize("chrom", ["../../outside", "/tmp/outside"])
def test_a_contig_cannot_lead_elsewhere(tmp_path, chrom):
    (tmp_path / "K562_chr1_binary.txt").write_text(f"K562\t{chrom}\nH3K4me3\n1\n0\n")
    with pytest.raises(InputError, match="contig's name becomes part of a file's name"):
        read_binarised(tmp_path)
    with pytest.raises(InputError, match="slashes"):
        write_binarised(tmp_path, "K562", chrom, ["H3K4me3"], np.ones((2, 1), np.uint8))


@pytest.mark.parametrize("name", ["$(touch pwned)", "-rf", "a b;c", "it's", "two\nlines", "\u907a"])
def test_peaks_are_called_on_reads_of_any_name(tmp_path, elsewhere, name):
    try:
        find_macs()
    except MissingExtraError:
        pytest.skip("MACS3 is not installed")
    reads = tmp_path / f"{name}.bed"
    lines = [f"chr1\t{at}\t{at + 30}\tr\t0\t{'+-'[at % 2]}\n" for at in (*range(1000, 1400), *range(0, 90_000, 900))]
    reads.write_text("".join(lines))
    found = call_macs(reads, MacsConfig(genome_size=100_000, extend_bp=100))
    assert len(found.peaks) > 0
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", ["$(touch pwned)", "-rf", "a b;c", "it's", "two\nlines", "\u907a"])
def test_the_program_that_calls_peaks_is_given_a_whole_path_as_one_word(tmp_path, elsewhere, name, monkeypatch):
    program = tmp_path / "macs3"
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\nfrom pathlib import Path\n"
        f"with open({str(tmp_path / 'words')!r}, 'a') as file:\n    print(json.dumps(sys.argv[1:]), file=file)\n"
        "Path('called_peaks.narrowPeak').write_text('')\n"
    )
    program.chmod(0o755)
    reads = tmp_path / f"{name}.bed"
    reads.write_text("chr1\t0\t30\tr\t0\t+\n")
    monkeypatch.chdir(tmp_path)
    call_macs(Path(reads.name), MacsConfig(genome_size=100_000, extend_bp=100), program=program)
    words = json.loads((tmp_path / "words").read_text().splitlines()[0])
    assert words[words.index("-t") + 1] == str(reads)
    assert list(elsewhere.iterdir()) == []
    assert not list(tmp_path.rglob("pwned"))


def test_no_shell_is_ever_asked():
    """Every process of ours is started from a list of words; what could start others is looked for by name."""
    forbidden = re.compile(r"shell=True|os\.system\(|os\.popen\(|getoutput\(|os\.exec|os\.spawn|shutil\.unpack_archive")
    sources = sorted(Path(cisgram.__file__).parent.rglob("*.py"))
    found = [path.name for path in sources if forbidden.search(path.read_text(encoding="utf-8"))]
    assert found == []
    starters = [path.name for path in sources if "subprocess" in path.read_text(encoding="utf-8")]
    assert starters == ["macs.py"]


@pytest.mark.slow
def test_the_command_itself_takes_a_config_that_begins_with_a_dash(place):
    shutil.copy(place / "data" / "config.toml", place / "data" / "-config.toml")
    words = [sys.executable, "-m", "cisgram", "check", "--json", "--", "-config.toml"]
    done = subprocess.run(words, cwd=place / "data", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
