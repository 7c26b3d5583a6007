import numpy as np
import pandas as pd
import pytest

from cisgram.errors import CisgramWarning
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.ablation import ablate_pairs
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.deletion import AblationConfig
from cisgram.interpret.experiments.epistasis import DEPENDENCE_COLUMNS, EPISTASIS_COLUMNS
from cisgram.interpret.experiments.single_deletions import SINGLE_COLUMNS
from cisgram.interpret.experiments.spacing import space_motifs
from cisgram.interpret.local_scores import LocalCountsScore, local_part
from cisgram.interpret.scores import log_counts
from cisgram.io.tables import read_table


def tables():
    return (read_table(f"out/{name}.tsv") for name in ("single", "epistasis", "dependence"))


def test_instances_that_the_run_found_are_deleted_as_the_library_does(files, answer):
    said = answer("ablate", "run", "--draws", "2", "--filling", "random", "--tracks", "Sox2", "--reach", "9")
    single, epistasis, dependence = tables()
    assert tuple(single.columns) == SINGLE_COLUMNS
    assert tuple(epistasis.columns) == EPISTASIS_COLUMNS
    assert tuple(dependence.columns) == DEPENDENCE_COLUMNS
    assert said["dropped"] == {"instances too near the ends of their windows": 7}
    placed = pd.DataFrame(
        [(row, *span, name) for row in range(7) for span, name in (((50, 58), "a"), ((70, 76), "b"))],
        columns=["row", "name_start", "name_end", "name"],
    ).rename(columns={"name_start": "start", "name_end": "end"})

    def local(at):
        return [LocalCountsScore((1,), *local_part(at, input_length=140, output_length=60, reach_bp=9))]

    config = AblationConfig("random", n_draws=2)
    options = {"scores": [log_counts(1)], "local": local, "config": config}
    expected = ablate_pairs(files.model, files.windows, placed, **options)
    own = epistasis[epistasis["distance"] == "all"].iloc[0]
    assert own["epistasis"] == pytest.approx(expected.whole.epistasis.mean(), abs=1e-6)
    effects = {name: (one - expected.whole.intact).mean() for name, one in zip("ab", expected.whole[1:3], strict=True)}
    assert single.set_index("name")["effect"].to_dict() == pytest.approx(effects, abs=1e-6)
    at_a = (expected.at_a.without_a - expected.at_a.intact).mean()
    assert single.set_index("name")["local_effect"]["a"] == pytest.approx(at_a, abs=1e-6)
    cross = dependence[(dependence["deleted"] == "a") & (dependence["distance"] == "all")]["effect"].iloc[0]
    assert cross == pytest.approx((expected.at_b.without_a - expected.at_b.intact).mean(), abs=1e-6)


def test_instances_of_a_bed_file_are_the_same_where_windows_are(files, answer):
    own = files.instances[files.instances["pattern"] != "far"]
    lines = [f"{row.chrom}\t{row.start}\t{row.end}\t{row.pattern}\t0\t+" for row in own.itertuples()]
    (files.folder / "sites.bed").write_text("\n".join([*lines, "II\t5\t9\tb\t0\t+"]) + "\n")
    words = ("--instances", "sites.bed", "--genome", "genome.fa", "--filling", "n", "--motif", "A")
    with pytest.warns(CisgramWarning, match="the genome lacks 1 of its contigs"):
        said = answer("ablate", "run", *words)
    single, epistasis, _ = tables()
    assert single["name"].unique().tolist() == ["a"]
    assert epistasis.empty
    assert said["n_pairs"] == 0
    assert said["dropped"]["instances on contigs that the genome lacks"] == 1
    assert "there are no pairs" in (files.folder / "out/report.html").read_text()


def test_in_backgrounds_taking_one_out_leaves_the_other(files, answer):
    words = ("-m", "a=GATAA,b=CACGTG", "--sequences", "s.fa", "--tracks", "Nanog")
    answer("ablate", "run", *words, "--from", "8", "--to", "20", "--step", "4")
    single, epistasis, _ = tables()
    motifs = (Motif.from_consensus("a", "GATAA"), Motif.from_consensus("b", "CACGTG"))
    config = SpacingConfig(range(8, 21, 4))
    expected = space_motifs(files.model, files.codes, motifs, scores=[log_counts(0)], config=config)
    effect = (expected.none - expected.a).mean()
    assert single.set_index("name")["effect"]["a"] == pytest.approx(effect, abs=1e-6)
    whole = epistasis[epistasis["distance"] == "all"]["epistasis"].iloc[0]
    assert whole == pytest.approx(expected.interactions.mean(), abs=1e-6)
    assert single["local_effect"].isna().all()


def test_a_window_with_n_at_the_site_is_counted(files, answer):
    text = (files.folder / "genome.fa").read_text().splitlines()
    text[1] = text[1][:52] + "N" + text[1][53:]
    (files.folder / "masked.fa").write_text("\n".join(text) + "\n")
    (files.folder / "two.bed").write_text("I\t80\t86\tb\nI\t50\t58\ta\nI\t90\t96\tb\n")
    said = answer("ablate", "run", "-i", "two.bed", "-g", "masked.fa", "--filling", "n")
    assert said["dropped"] == {"instances at unknown bases (N)": 1}
    np.testing.assert_array_equal(read_table("out/single.tsv")["n_instances"], 2)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["basset.safetensors"],
            "has no grammar/instances.tsv.gz: let the run find its motif instances first (cisgram",
        ),
        (["run", "--motif", "Klf4"], "has no instances of Klf4; it has a, b, far"),
        (["run", "--motif", "far"], "7 too near the ends of their windows"),
        (["run", "-i", "empty.bed", "-g", "genome.fa"], "empty.bed"),
        (["run", "-i", "plain.bed", "-g", "genome.fa"], "names no motifs"),
        (["run", "-i", "plain.bed"], "--genome FASTA"),
        (["run", "-i", "plain.bed", "--random", "4"], "leave out --random"),
        (["run", "--random", "4"], "name a motif"),
        (["run", "--random", "4", "-m", "A,C,G"], "one or two motifs; got A, C, G"),
    ],
)
def test_bad_input_is_one_line(files, call, words, says):
    (files.folder / "empty.bed").write_text("")
    (files.folder / "plain.bed").write_text("I\t50\t58\n")
    done = call("ablate", *words)
    assert done.exit_code == 1
    assert says in " ".join(done.stderr.split())
    assert done.stderr.count("error:") == 1
