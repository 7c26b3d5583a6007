"""``cisgram variants`` from files to files, with a small untrained Basset and BPNet."""

import dataclasses
import gzip
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import decode
from cisgram.io.fasta import write_fasta
from cisgram.io.meme import write_meme
from cisgram.io.tables import read_table, write_table
from cisgram.models.basset import BassetConfig, build
from cisgram.models.bpnet import BPNetConfig
from cisgram.models.bpnet import build as build_bpnet
from cisgram.run.variants import scoring
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore:the variants:cisgram.errors.CisgramWarning")

FORM = BassetConfig(40, n_filters=(8, 6), widths=(7, 3), pools=(3, 4), n_hidden=(8,))
TRACKS = ["liver", "lung"]
OTHERS = {"A": "C", "C": "G", "G": "T", "T": "A"}


def save(path, model, name, form, tracks):
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {
        key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(form).items()
    }
    identity = ModelIdentity(name, {**settings, "n_tracks": len(tracks), "n_controls": 0}, {"tracks": tracks})
    save_checkpoint(path, Checkpoint(identity, model.state_dict()))


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    for fold in (1, 2):
        path = tmp_path / f"fold{fold}/checkpoints/best.safetensors"
        save(path, build(FORM, n_tracks=2, seed=fold), "basset", FORM, TRACKS)
    codes = np.random.default_rng(1).integers(0, 4, 1500).astype(np.uint8)
    write_fasta(tmp_path / "g.fa", {"chr1": codes})
    letters = decode(codes)
    records = [
        ("1", place, f"v{place}", letters[place - 1], OTHERS[letters[place - 1]]) for place in range(60, 1400, 50)
    ]
    records.append(("1", 700, "del", letters[699:702], letters[699]))
    records.append(("1", 720, "wrong", OTHERS[OTHERS[letters[719]]], OTHERS[letters[719]]))
    records += [("1", 730, "sym", letters[729], "<DEL>"), ("9", 5, "far", "A", "C")]
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [f"{chrom}\t{pos}\t{name}\t{ref}\t{alt}\t9\tq\tDP=3" for chrom, pos, name, ref, alt in records]
    (tmp_path / "v.vcf").write_text("\n".join(lines) + "\n")
    write_meme(tmp_path / "m.meme", [Motif.from_consensus(one, one) for one in ("ACGT", "GGATC", "TTGCA")])
    return tmp_path


def variants(*words):
    found = CliRunner().invoke(app, ["variants", *map(str, words), "--json"])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def asked(files, out, *more):
    null = () if "--null" in more else ("--n-null", 60)
    return (files / "fold1", "--vcf", files / "v.vcf", "-g", files / "g.fa", "-o", files / out, *null, *more)


def test_every_allele_has_its_rows_and_its_record(files):
    found = variants(*asked(files, "out", "-f", files / "m.meme", "--top", 2, "--map-bp", 10))
    table = read_table(files / "out/results.tsv.gz")
    assert len(table) == 2 * found["n_variants"] == 2 * 31
    status = table.drop_duplicates("index").set_index("name")["status"]
    assert {name: status[name] for name in ("wrong", "sym", "far")} == {
        "wrong": "ref_mismatch", "sym": "symbolic", "far": "unknown_contig"
    }  # fmt: skip
    assert table.loc[table["name"] == "wrong", "diff_sum"].isna().all()
    known = table[table["diff_sum"].notna()]
    assert found["n_scored"] == known["index"].nunique() == 28
    snvs = known[known["kind"] == "SNV"]
    assert snvs["diff_sum_p"].between(0, 1).all()
    assert (snvs["diff_sum_p"] > 0).all()
    np.testing.assert_allclose(known["alt_sum"] - known["ref_sum"], known["diff_sum"], atol=1e-6)
    with gzip.open(files / "out/variants.vcf.gz", "rt") as lines:
        records = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    source = [line.split("\t") for line in (files / "v.vcf").read_text().splitlines() if not line.startswith("#")]
    assert [one[:7] for one in records] == [one[:7] for one in source]
    assert all(one[7].startswith("DP=3;CG_STATUS=") for one in records)
    assert "CG_diff_sum_p=" in records[0][7]
    assert len(found["pages"]) == 2
    page = (files / "out/report.html").read_text()
    for address in found["pages"]:
        assert address.removeprefix(f"{files}/out/") in page
        assert "<script src" not in (files / "out" / address).read_text()


def test_the_same_call_gives_the_same_bytes(files):
    variants(*asked(files, "one", "--top", 0))
    variants(*asked(files, "two", "--top", 0))
    one, two = (read_table(files / name / "results.tsv.gz") for name in ("one", "two"))
    pd.testing.assert_frame_equal(one, two)


def test_a_call_that_was_stopped_goes_on(files, monkeypatch):
    whole, first_rows = scoring.iterate_scores, []

    def in_small_parts(*args, config, first_row, **options):
        first_rows.append(first_row)
        # The same batches in every call: the last digit of an output may depend on which examples share a batch.
        yield from whole(*args, config=dataclasses.replace(config, rows_at_once=8), first_row=first_row, **options)

    def stopping(*args, **options):
        for number, part in enumerate(in_small_parts(*args, **options)):
            if number == 2:
                raise KeyboardInterrupt
            yield part

    words = list(map(str, asked(files, "out", "--top", 0, "--null", "none")))
    monkeypatch.setattr(scoring, "iterate_scores", stopping)
    assert CliRunner().invoke(app, ["variants", *words]).exit_code != 0
    assert len(list((files / "out/parts").glob("*.scores.tsv.gz"))) == 2
    # What a process was writing when it was killed is no part, not even where it is whole.
    first = files / "out/parts/000000000000.scores.tsv.gz"
    shutil.copyfile(first, first.with_name(f".partial-01234567-{first.name}"))
    monkeypatch.setattr(scoring, "iterate_scores", in_small_parts)
    variants(*words)
    assert first_rows == [0, 16]
    assert not (files / "out/parts").exists()
    variants(*asked(files, "whole", "--top", 0, "--null", "none"))
    pd.testing.assert_frame_equal(read_table(files / "out/results.tsv.gz"), read_table(files / "whole/results.tsv.gz"))


@pytest.mark.slow
def test_two_processes_write_the_bytes_that_one_writes(files, monkeypatch):
    monkeypatch.setattr(scoring, "_LEAST", 8)
    for processes in (1, 2):
        variants(*asked(files, f"by_{processes}", "--top", 2, "--map-bp", 0, "--processes", processes))
    one, two = files / "by_1", files / "by_2"
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert [name for name in names if (one / name).read_bytes() != (two / name).read_bytes()] == []


def test_parts_of_another_question_are_not_taken_up(files, monkeypatch):
    place = files / "out/parts"
    place.mkdir(parents=True)
    (place / "asked.json").write_text("{}")
    (place / "000000000000.scores.tsv.gz").write_text("nonsense")
    assert variants(*asked(files, "out", "--top", 0, "--null", "none"))["n_scored"] == 28


def test_folds_are_averaged_on_logits(files):
    both = (
        files / "fold1",
        files / "fold2",
        "--vcf",
        files / "v.vcf",
        "-g",
        files / "g.fa",
        "--null",
        "none",
        "--top",
        0,
    )
    variants(*both, "-o", files / "both")
    singles = []
    for fold in (1, 2):
        variants(files / f"fold{fold}", *both[2:], "-o", files / f"only{fold}")
        singles.append(read_table(files / f"only{fold}/results.tsv.gz")["diff_logit"].to_numpy())
    joint = read_table(files / "both/results.tsv.gz")["diff_logit"].to_numpy()
    np.testing.assert_allclose(joint, np.mean(singles, axis=0), atol=1e-5)


@pytest.mark.parametrize("null", ["random", "shuffled", "file", "none"])
def test_every_null_gives_p_values_or_none(files, null):
    word = files / "v.vcf" if null == "file" else null
    found = variants(*asked(files, "out", "--null", word, "--n-null", 40, "--top", 0))
    table = read_table(files / "out/results.tsv.gz")
    assert ("null" in found) == ("diff_sum_p" in table) == (files / "out/null.tsv.gz").exists() == (null != "none")


def test_measured_effects_that_are_the_predictions_agree_wholly(files):
    variants(*asked(files, "out", "--top", 0, "--null", "none"))
    table = read_table(files / "out/results.tsv.gz")
    wide = table.pivot(index="name", columns="track", values="diff_sum").add_prefix("log2_fold_").reset_index()
    write_table(files / "truth.tsv", wide.dropna().rename_axis(columns=None))
    found = variants(*asked(files, "out", "--null", "none", "--measured", files / "truth.tsv", "--top", 0))
    rows = {(one["track"], one["predictor"], one["metric"]): one["value"] for one in found["agreement"]}
    for track in TRACKS:
        assert rows[track, "this model", "pearson"] == pytest.approx(1.0)
        assert rows[track, "this model", "sign_auroc"] == pytest.approx(1.0)
        assert abs(rows[track, "GC", "pearson"]) < 0.9


def test_pairs_of_sequences_are_scored_without_a_genome(files):
    rng = np.random.default_rng(2)
    refs = ["".join(rng.choice(list("ACGT"), 30)) for _ in range(25)]
    alts = [one[:9] + OTHERS[one[9]] + one[10:20] + OTHERS[one[20]] + one[21:] for one in refs]
    pairs = pd.DataFrame({"name": [f"p{k}" for k in range(25)], "ref_sequence": refs, "alt_sequence": alts})
    pairs.loc[3, "alt_sequence"] = refs[3]
    write_table(files / "pairs.tsv", pairs.assign(measured=np.arange(25.0)))
    found = variants(files / "fold1", "--pairs", files / "pairs.tsv", "--measured", files / "pairs.tsv", "-f",
                     files / "m.meme", "--n-null", 50, "--top", 2, "--map-bp", 8, "-o", files / "out")  # fmt: skip
    assert (found["n_variants"], found["n_scored"]) == (25, 24)
    assert "both sequences are the same" in read_table(files / "out/results.tsv.gz")["status"].iloc[6]
    assert "More bases differ +11 bp" in (files / "out" / found["pages"][0]).read_text()


def test_a_profile_model_has_pages_with_both_alleles(files):
    form = BPNetConfig(input_length=60, output_length=30, n_filters=4, n_dilated_layers=1, profile_width=5)
    save(files / "bp/checkpoints/best.safetensors", build_bpnet(form, n_tracks=1, seed=1), "bpnet", form, ["nexus"])
    found = variants(files / "bp", *asked(files, "out", "--top", 1, "--map-bp", 6)[1:])
    assert found["score"] == "log2_ratio"
    assert "Bases around it" in (files / "out" / found["pages"][0]).read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--null", "nowhere.vcf"), "file of neutral variants"),
        (("--scores", "jsd"), "a basset has the scores"),
        (("--tracks", "heart"), "no tracks heart"),
        (("--jitter", "a"), "whole numbers of bp"),
        (("--measured", "empty.tsv"), "no column"),
    ],
)
def test_wrong_wishes_are_refused_in_one_line(files, words, message, monkeypatch):
    monkeypatch.chdir(files)
    write_table(files / "empty.tsv", pd.DataFrame({"name": ["v60"], "other": [1.0]}))
    found = CliRunner().invoke(app, ["variants", *map(str, asked(files, "out", "--top", 0, *words))])
    assert found.exit_code == 1
    assert message in found.output


def test_a_file_of_variants_or_of_pairs_must_be_given(files):
    found = CliRunner().invoke(app, ["variants", str(files / "fold1")])
    assert found.exit_code == 2
