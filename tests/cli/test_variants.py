"""``cisgram variants`` with files that are not as they should be: one clear sentence, and nothing lost in silence."""

import gzip
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.sequence import decode
from cisgram.io.fasta import write_fasta
from cisgram.io.tables import read_table
from cisgram.models.basset import BassetConfig, build
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")

SIZE, GAP = 900, range(300, 360)
OTHERS = {"A": "C", "C": "G", "G": "T", "T": "A", "N": "A"}
HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("variants")
    form = {"input_length": 40, "n_filters": [4], "widths": [5], "pools": [4], "n_hidden": [4]}
    model = build(BassetConfig(40, n_filters=(4,), widths=(5,), pools=(4,), n_hidden=(4,)), n_tracks=1, seed=1)
    (path / "run/checkpoints").mkdir(parents=True)
    identity = ModelIdentity("basset", {**form, "n_tracks": 1}, {"tracks": ["liver"]})
    save_checkpoint(path / "run/checkpoints/best.safetensors", Checkpoint(identity, model.state_dict()))
    return path


@pytest.fixture(scope="module")
def letters(folder):
    codes = np.random.default_rng(1).integers(0, 4, SIZE).astype(np.uint8)
    codes[list(GAP)] = 4
    write_fasta(folder / "g.fa", {"chr1": codes})
    return decode(codes)


@pytest.fixture
def call(folder, letters, tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(folder / "cache"))

    def call(content, *words, name="v.vcf"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        given = ["variants", folder / "run", "-v", path, "-g", folder / "g.fa", "-o", path.parent / "out"]
        found = CliRunner().invoke(app, [*map(str, given), "--null", "none", "--top", "0", "--json", *words])
        return found, json.loads(found.stdout)

    return call


def vcf(*rows, header=HEADER):
    lines = [
        "\t".join([chrom, str(pos), name, ref, alt, ".", ".", ".", *more]) for chrom, pos, name, ref, alt, *more in rows
    ]
    return "\n".join([header, *lines]) + "\n"


def snv(letters, pos, *more, chrom="chr1", name=None):
    return (chrom, pos, name or f"v{pos}", letters[pos - 1], OTHERS[letters[pos - 1]], *more)


def test_whatever_a_file_holds_has_a_status_and_a_row(call, letters, tmp_path):
    rows = [
        snv(letters, 700),
        snv(letters, 100),  # out of order
        snv(letters, 700, name="again"),
        snv(letters, 1),
        snv(letters, SIZE),
        ("chr1", 320, "gap", "A", "C"),
        ("chr1", SIZE + 1, "beyond", "A", "C"),
        ("chrX", 5, "elsewhere", "A", "C"),
        ("chr1", 500, "symbol", letters[499], "<DEL>"),
        ("chr1", 502, "star", letters[501], "*"),
        ("chr1", 504, "ends", letters[503], letters[503] + "]chr2:5]"),
        ("chr1", 506, "none", letters[505], "."),
        ("chr1", 508, "both", letters[507], f"{OTHERS[letters[507]]},{letters[507]}GG"),
        ("chr1", 510, "same", letters[509], letters[509]),
        ("chr1", 520, "long", letters[519:800], letters[519]),
        ("chr1", 530, "letter", "R", "A"),
    ]
    run, found = call(vcf(*rows))
    assert run.exit_code == 0, run.output
    table = read_table(tmp_path / "out/results.tsv.gz", types={"name": "text"})
    assert len(table) == found["n_variants"] == len(rows) + 1
    status = dict(zip(table["name"], table["status"], strict=True))
    assert {name: status[name] for name in ("v1", "v900", "again", "gap", "beyond", "elsewhere", "long")} == {
        "v1": "near_edge",
        "v900": "near_edge",
        "again": "duplicate",
        "gap": "in_unknown_bases",
        "beyond": "beyond_contig",
        "elsewhere": "unknown_contig",
        "long": "too_long",
    }
    assert {status[name] for name in ("symbol", "star", "ends", "none")} == {"symbolic"}
    assert status["same"].startswith("failed:")
    assert status["letter"].startswith("failed:")
    assert sum(found["statuses"].values()) == len(rows) + 1
    page = (tmp_path / "out/report.html").read_text()
    assert all(name in page for name in found["statuses"])
    twice = table.set_index("name").loc[["v700", "again"], "diff_sum"]
    assert twice.iloc[0] == twice.iloc[1] != 0
    assert table.loc[table["diff_sum"].notna(), "name"].tolist() == [
        "v700",
        "v100",
        "again",
        "v1",
        "v900",
        "both",
        "both",
    ]


def test_another_assembly_is_suspected_on_the_page_and_in_json(call, letters, tmp_path):
    wrong = [("chr1", p, f"w{p}", OTHERS[OTHERS[letters[p - 1]]], OTHERS[letters[p - 1]]) for p in range(400, 440, 4)]
    run, found = call(vcf(*wrong, snv(letters, 100)))
    assert run.exit_code == 0
    assert "another assembly" in found["warning"]
    assert "another assembly" in (tmp_path / "out/report.html").read_text()
    run, found = call(vcf(*wrong))
    assert run.exit_code == 1
    assert "another assembly" in found["error"]
    assert "10 ref_mismatch" in found["error"]


def test_contigs_may_lack_chr(call, letters):
    assert call(vcf(snv(letters, 400, chrom="1")))[1]["n_scored"] == 1


def test_alleles_that_nobody_carries_may_be_left_out_whatever_the_ploidy(call, letters):
    header = HEADER + "\tFORMAT\tA\tB\tC"
    content = vcf(
        snv(letters, 400, "GT", "0", "0/1", "0|0|1"),
        snv(letters, 420, "GT", "0", "0/0", "./."),
        snv(letters, 440, "GT:DP", "1:3", "0|0:2", "0/0/0:9"),
        header=header,
    )
    assert call(content)[1]["statuses"] == {"ok": 3}
    assert call(content, "--carried-only")[1]["statuses"] == {"ok": 2, "not_carried": 1}


def test_binary_files_and_plain_tables_and_odd_paths_are_read(call, letters, tmp_path):
    pysam = pytest.importorskip("pysam")
    header = pysam.VariantHeader()
    header.add_line(f"##contig=<ID=chr1,length={SIZE}>")
    with pysam.VariantFile(str(tmp_path / "b.bcf"), "wb", header=header) as out:
        out.write(out.new_record(contig="chr1", start=399, alleles=snv(letters, 400)[3:5], id="b"))
    assert call((tmp_path / "b.bcf").read_bytes(), name="c.bcf")[1]["statuses"] == {"ok": 1}
    ref, alt = snv(letters, 400)[3:5]
    assert call(f"chrom\tpos\tref\talt\nchr1\t400\t{ref}\t{alt}\n", name="t.tsv")[1]["statuses"] == {"ok": 1}
    content = vcf(snv(letters, 400))
    assert call(gzip.compress(content.encode()), name="a b \u00fc/v \u00fc.vcf.gz")[1]["statuses"] == {"ok": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        (vcf(), "no variant in this file"),
        (HEADER + "\nchr1\t400\tv\n", "line 3: a line needs at least 5 columns"),
        (vcf(("chr1", "x", "v", "A", "C")), "line 3: POS must be a whole number from 1 on; got 'x'"),
        ("chrom\tpos\tref\nchr1\t4\tA\n", "this has no alt"),
        (gzip.compress(vcf(("chr1", 400, "v", "A", "C")).encode(), mtime=0)[:-20], "gzip file ends too early"),
        (vcf(("chrX", 5, "v", "A", "C")), "chrX"),
    ],
    ids=["empty", "no variants", "few columns", "no position", "no column", "cut off", "other contigs"],
)
def test_a_file_that_cannot_be_read_gives_one_sentence(call, content, message):
    run, found = call(content)
    assert run.exit_code == 1
    assert message in found["error"]
    assert "Traceback" not in run.output


def test_one_variant_that_fails_does_not_stop_the_others(call, letters, monkeypatch):
    from cisgram.interpret.variants import score_table

    inner = score_table.predict_alleles

    def failing(model, checked, genome, *, rows=None, config):
        if 1 in (rows if rows is not None else [1]):
            raise RuntimeError("no memory")
        return inner(model, checked, genome, rows=rows, config=config)

    monkeypatch.setattr(score_table, "predict_alleles", failing)
    found = call(vcf(*(snv(letters, pos) for pos in (400, 420, 440))))[1]
    assert found["statuses"] == {"ok": 2, "failed:RuntimeError: no memory": 1}
