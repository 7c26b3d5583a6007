"""The experiment from promoters to files, with a model whose links are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, EmptySetError, FormatError, InputError
from cisgram.genomics.genes import gene_table
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.saliency.elements import ElementConfig
from cisgram.interpret.saliency.geometry import bin_geometry
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.fasta import write_fasta
from cisgram.io.promoter_studies import read_promoter_studies
from cisgram.io.tables import read_table, write_table
from cisgram.io.tables.bedpe import read_bedpe
from cisgram.report.distal_plots import PromoterPicture, draw_promoter
from cisgram.run.experiments.distal.asking import AskedPromoters, ask_distal, tracks_of
from cisgram.run.experiments.distal.promoters import PromoterSource, open_promoters, promoters_of
from cisgram.run.experiments.distal.study import DistalConfig
from cisgram.run.experiments.trained import TrainedModel

from ...interpret.saliency.conftest import BIN, ENHANCER, N_BINS, PROMOTER, LinkedModel, weight

CONFIG = DistalConfig(elements=ElementConfig(min_z=6), promoter_bp=BIN, n_controls=6)


@pytest.fixture
def genome(tmp_path, monkeypatch):
    """Contig I with gene a (plus strand, an enhancer 5 bins upstream and a repressing one 3 bins downstream) and gene b
    (minus strand, an enhancer 4 bins upstream, that is to the right); gene c begins near the end of the contig."""
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    codes = np.random.default_rng(5).choice(np.array([0, 1], np.uint8), 100 * BIN)
    words = {30: PROMOTER, 25: ENHANCER, 33: ENHANCER, 60: reverse_complement(PROMOTER), 64: ENHANCER, 97: PROMOTER}
    for at, word in words.items():
        codes[at * BIN + 15 : at * BIN + 25] = word
    write_fasta(tmp_path / "genome.fa", {"chrI": codes})
    rows = [(30 * BIN + 20, 40 * BIN, "a", "+"), (50 * BIN, 60 * BIN + 21, "b", "-"), (97 * BIN + 20, 4000, "c", "+")]
    (tmp_path / "genes.bed").write_text("".join(f"I\t{s}\t{e}\t{n}\t0\t{d}\n" for s, e, n, d in rows))
    (tmp_path / "known.bed").write_text(f"chrI\t{25 * BIN}\t{26 * BIN}\tupstream\nchrI\t{27 * BIN}\t{28 * BIN}\tnone\n")
    return tmp_path


@pytest.fixture
def trained():
    return TrainedModel(
        LinkedModel(), "basenji", ("cage+", "cage-", "open"), Path("toy"), "0" * 64, LinkedModel.strand_pairs
    )


def source(genome, **more):
    return PromoterSource(genome / "genome.fa", genome / "genes.bed", **more)


@pytest.fixture
def asked(genome, trained):
    known = pd.DataFrame({"chrom": "chrI", "start": [25 * BIN, 27 * BIN], "end": [26 * BIN, 28 * BIN], "name": "xy"})
    with pytest.warns(UserWarning, match="different names"):
        promoters = open_promoters(source(genome, genes=("a", "b"), flank_bins=0), bin_geometry(trained.module))
    return AskedPromoters(promoters, config=CONFIG, known=known)


def test_links_of_both_genes_are_found_with_sign_side_and_deletion(genome, trained, asked):
    out = genome / "out"
    summary = ask_distal(trained, asked, out=out, notes={"genome": "toy"})
    elements = read_table(out / "elements.tsv")
    cage = elements[elements["track"].str.startswith("cage") & elements["kind"].eq("distal")]
    assert list(zip(cage["gene"], cage["track"], cage["start"] // BIN, strict=True)) == [
        ("a", "cage+", 33),
        ("a", "cage+", 25),
        ("b", "cage-", 64),
    ]
    assert (cage["distance_bp"] // BIN).tolist() == [3, -5, -4]
    assert np.sign(cage["relative"]).tolist() == [-1, 1, 1]
    assert np.sign(cage["deletion_log2"]).tolist() == [1, -1, -1]
    assert cage["deletion_p"].tolist() == [1 / 7] * 3
    before, after = (np.logaddexp(0, weight(4) - lost) for lost in (0, weight(4)))
    assert cage["deletion_log2"].iloc[2] == pytest.approx(np.log2(after / before), abs=1e-4)
    assert summary["n_distal"] == len(elements[elements["kind"].eq("distal")])
    assert summary["n_promoters"] == 2
    assert "upstream" in " ".join(summary["findings"])


def test_files_say_the_same_as_the_table_of_bins(genome, trained, asked):
    out = genome / "out"
    ask_distal(trained, asked, out=out, notes={})
    bins = read_table(out / "bins.tsv.gz")
    a = bins[bins["gene"].eq("a") & bins["track"].eq("cage+")]
    track = read_bigwig_contig(out / "saliency.cage+.bw", "chrI")
    np.testing.assert_allclose(track[a["start"].to_numpy()], a["saliency"], rtol=1e-5)
    bases = np.nan_to_num(read_bigwig_contig(out / "bases.cage+.bw", "chrI"))
    assert set(np.flatnonzero(np.abs(bases) > 1e-5) // BIN) == {25, 30, 33}
    links = read_bedpe(out / "links.bedpe")
    of_cage = links[links["name"].str.contains("cage")]
    assert sorted((of_cage[["start1", "start2"]] // BIN).to_numpy().tolist()) == [[25, 30], [30, 33], [60, 64]]
    page = (out / "report.html").read_text()
    assert all(one in page for one in ("a (chrI:1,221, strand +)", "Saliency and deletion"))


def test_known_elements_get_saliency_and_deletion_whether_they_matter_or_not(genome, trained, asked):
    out = genome / "out"
    ask_distal(trained, asked, out=out, notes={})
    known = read_table(out / "known.tsv")
    own = known[known["gene"].eq("a") & known["track"].eq("cage+")].reset_index(drop=True)
    assert (own["distance_bp"] // BIN).tolist() == [-5, -3]
    assert own["relative"].iloc[0] > 0.1
    assert own["deletion_log2"].iloc[0] < -0.1
    assert abs(own["relative"].iloc[1]) < 1e-6
    assert abs(own["deletion_log2"].iloc[1]) < 1e-6


def test_the_same_question_gives_the_same_bytes(genome, trained, asked):
    for name in ("one", "two"):
        ask_distal(trained, asked, out=genome / name, notes={})
    for path in sorted(one for one in (genome / "one").rglob("*") if one.is_file()):
        ours, theirs = path.read_bytes(), (genome / "two" / path.relative_to(genome / "one")).read_bytes()
        assert ours.replace(b"/one/", b"/two/") == theirs, path.name


def test_a_picture_can_be_drawn_from_the_files_alone(genome, trained, asked):
    ask_distal(trained, asked, out=genome / "out", notes={})
    studies = read_promoter_studies(genome / "out" / "promoters")
    assert [(one.name, one.tracks, one.asked) for one in studies] == [
        ("a", ("cage+", "open"), (30 * BIN, 31 * BIN)),
        ("b", ("cage-", "open"), (60 * BIN, 61 * BIN)),
    ]
    elements = pd.concat([one.elements for one in studies if len(one.elements)], ignore_index=True)
    pd.testing.assert_frame_equal(elements, read_table(genome / "out" / "elements.tsv"))
    assert studies[0].rates.shape == (2, N_BINS)
    figure = draw_promoter(PromoterPicture(studies[0], promoter_bp=BIN))
    labels = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert "cage+\npredicted" in labels
    assert (
        sum(len(one.get_segments()) for ax in figure.axes for one in ax.collections if hasattr(one, "get_segments"))
        == 2
    )
    for path in (genome / "out" / "promoters").glob("*.bins.tsv.gz"):
        write_table(path, read_table(path))
    with pytest.raises(FormatError, match="name, chrom, tss"):
        read_promoter_studies(genome / "out" / "promoters")


def test_a_promoter_near_the_end_of_its_contig_uses_nothing_beyond_it(genome, trained):
    with pytest.warns(UserWarning, match="different names"):
        promoters = open_promoters(source(genome, genes=("c",)), bin_geometry(trained.module))
    ask_distal(trained, AskedPromoters(promoters, config=CONFIG), out=genome / "out", notes={})
    bins = read_table(genome / "out" / "bins.tsv.gz")
    beyond = bins["end"] > 100 * BIN
    assert beyond.any()
    assert not bins.loc[beyond, "saliency"].any()


def test_a_gene_is_asked_of_the_tracks_of_its_strand(trained):
    assert tracks_of(trained, "+", ()) == [0, 2]
    assert tracks_of(trained, "-", ()) == [1, 2]
    assert tracks_of(trained, ".", ()) == [0, 1, 2]
    assert tracks_of(trained, "+", ("cage-",)) == [1]
    with pytest.raises(ConfigError, match="the model has no cage; it has cage"):
        tracks_of(trained, "+", ("cage",))
    with pytest.raises(ConfigError, match="each once"):
        tracks_of(trained, "+", ("open", "open"))
    many = TrainedModel(trained.module, "basenji", tuple(f"t{n}" for n in range(13)), Path("toy"), "")
    with pytest.raises(ConfigError, match="13 assays; name those to ask: --tracks t0"):
        tracks_of(many, "+", ())


def test_of_several_transcripts_the_commonest_start_is_taken():
    genes = gene_table(["I"] * 3, [10, 210, 210], [900, 900, 800], strand=["+"] * 3, gene=["a"] * 3)
    found = promoters_of(genes, bin_size=40, flank_bins=1)
    assert found.to_dict("records") == [
        {"name": "a", "chrom": "I", "tss": 210, "strand": "+", "asked_start": 160, "asked_end": 280}
    ]


def test_a_locus_is_asked_about_as_a_whole_in_the_middle_of_its_window(genome, trained):
    geometry = bin_geometry(trained.module)
    found = open_promoters(PromoterSource(genome / "genome.fa", loci=(f"chrI:{30 * BIN + 1}-{31 * BIN}",)), geometry)
    row = found.table.iloc[0]
    assert (row["asked_start"], row["asked_end"], row["strand"]) == (30 * BIN, 31 * BIN, ".")
    assert row["start"] % BIN == 0
    assert abs((row["start"] + row["end"]) / 2 - 30.5 * BIN) <= BIN / 2
    with pytest.raises(ConfigError, match=f"longer than the {N_BINS * BIN:,} bp"):
        open_promoters(PromoterSource(genome / "genome.fa", loci=("chrI:1-3,000",)), geometry)


def test_wrong_questions_are_refused(genome, trained):
    geometry = bin_geometry(trained.module)
    with pytest.raises(ConfigError, match="say which promoters"):
        PromoterSource(genome / "genome.fa")
    with pytest.raises(ConfigError, match="--genes FILE"):
        PromoterSource(genome / "genome.fa", genes=("a",))
    with pytest.warns(UserWarning, match="different names"), pytest.raises(EmptySetError, match="genes of the list"):
        open_promoters(source(genome, genes=("zzz",)), geometry)
    with pytest.raises(InputError):
        open_promoters(PromoterSource(genome / "genome.fa", loci=("chrV:1-10",)), geometry)
