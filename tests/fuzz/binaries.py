"""Valid files that are not text, and folders of files, written by the house or by the tool of the format."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pysam
import torch
from tests.fuzz.texts import VCF

from cisgram.data.binned_store import BinnedExample, BinnedLayout, write_binned
from cisgram.data.build import build_store
from cisgram.data.contact_store import ContactExample, ContactLayout, write_contacts
from cisgram.data.coverage_store import write_coverage
from cisgram.data.labelled_build import store_windows
from cisgram.data.splits import split_by_contig
from cisgram.data.tracks import StrandFiles, TrackFiles
from cisgram.data.windows import propose_windows
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table
from cisgram.genomics.locus_study import EFFECT_COLUMNS, INSTANCE_COLUMNS, LocusStudy
from cisgram.genomics.pattern import Pattern, PatternSearch, SeqletValues, seqlet_table
from cisgram.genomics.promoter_study import ELEMENT_COLUMNS, KNOWN_COLUMNS, PromoterStudy
from cisgram.io.bigwig import write_bigwig
from cisgram.io.contributions import writing_contributions
from cisgram.io.cool import write_cool, write_mcool
from cisgram.io.fasta import read_genome
from cisgram.io.locus_studies import write_locus_study
from cisgram.io.patterns import write_patterns
from cisgram.io.promoter_studies import write_promoter_study
from cisgram.run.manifest import FileRecord, Manifest, StepRecord
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

LENGTHS = {"I": 900, "II": 700, "III": 600}


def _genome() -> Genome:
    rng = np.random.default_rng(7)
    return Genome.from_codes({chrom: rng.integers(0, 4, n, dtype=np.uint8) for chrom, n in LENGTHS.items()})


def bigwig(path: Path, *, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    write_bigwig(path, LENGTHS, ((chrom, rng.poisson(0.4, n).astype(np.float32)) for chrom, n in LENGTHS.items()))


def bam(path: Path) -> None:
    header = pysam.AlignmentHeader.from_references(list(LENGTHS), list(LENGTHS.values()))
    rng = np.random.default_rng(0)
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for contig in range(3):
            for number, start in enumerate(np.sort(rng.integers(0, 500, 20)).tolist()):
                read = pysam.AlignedSegment(header)
                read.query_name, read.flag = f"read{number}", int(rng.choice([0, 16, 99, 147, 4, 1024]))
                read.reference_id, read.reference_start, read.mapping_quality = contig, start, 60
                read.cigartuples = [(4, 5), (0, 20), (2, 3), (0, 10)]
                read.query_sequence = "ACGTA" * 7
                file.write(read)


def bcf(path: Path) -> None:
    text = path.with_name("a.vcf")
    text.write_text(
        VCF.replace(
            "##FORMAT",
            '##contig=<ID=II,length=700>\n##ALT=<ID=DEL,Description="x">\n##FILTER=<ID=q10,Description="x">\n'
            '##INFO=<ID=END,Number=1,Type=Integer,Description="x">\n##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description="x">\n##FORMAT',
        )
    )
    with pysam.VariantFile(str(text)) as plain, pysam.VariantFile(str(path), "wb", header=plain.header) as file:
        for record in plain:
            file.write(record)
    text.unlink()


def _map(width: int = 1_000) -> ContactMap:
    bins = ContactBins({"A": 20_000, "B": 9_500}, width)
    row, column = np.triu_indices(bins.n_bins)
    counts = np.random.default_rng(0).poisson(3, len(row)) + 1
    weights = np.where(np.arange(bins.n_bins) == 3, np.nan, 0.5 + np.arange(bins.n_bins) / 60)
    return ContactMap(bins, row, column, counts, weights)


def cool(path: Path) -> None:
    made = _map()
    write_cool(path, made.bins, made.pixels(), weights=made.weights)


def mcool(path: Path) -> None:
    write_mcool(path, [(_map(), {}), (_map(2_000), {})])


def hic(path: Path) -> None:
    import hictkpy

    made = _map()
    writer = hictkpy.hic.FileWriter(str(path), dict(made.bins.sizes), made.bins.bin_size)
    pixels = {"bin1_id": made.bin1.tolist(), "bin2_id": made.bin2.tolist(), "count": made.counts.astype(float).tolist()}
    writer.add_pixels_from_dict(pixels)
    writer.finalize()


def contributions(path: Path) -> None:
    rng = np.random.default_rng(1)
    windows = interval_table(["I", "II", "I"], [0, 5, 90], [8, 13, 98], strand=["+", "-", "."])
    codes = rng.integers(0, 5, (3, 8)).astype(np.uint8)
    with writing_contributions(path, attributes={"seed": 1}) as writer:
        for track in ("Oct4", "Sox2"):
            group = writer.group(track, "profile", windows=windows, codes=codes, attributes={"method": "ism"})
            error = rng.random(3).astype(np.float32)
            values = rng.normal(size=(3, 4, 8)).astype(np.float32)
            group.append(values, completeness_error=error, relative_error=error)


def _pattern(name: str, n: int, subpatterns: tuple[Pattern, ...] = ()) -> Pattern:
    rng = np.random.default_rng(n)
    values = SeqletValues(*rng.random((3, n, 4, 6)).astype(np.float32))
    starts = rng.integers(0, 50, n)
    seqlets = seqlet_table(rng.integers(0, 9, n), starts, starts + 6, rng.random(n) < 0.5)
    matrices = [array.mean(axis=0, dtype=np.float64) for array in values]
    matrices[0] /= matrices[0].sum(axis=0)
    return Pattern(name, *matrices, seqlets=seqlets, values=values, subpatterns=subpatterns)


def patterns(path: Path) -> None:
    found = [_pattern("pos_pattern_0", 9, (_pattern("subpattern_0", 4),)), _pattern("neg_pattern_0", 5)]
    searches = {("Oct4", "profile"): PatternSearch(found, "", 400), ("Oct4", "counts"): PatternSearch([], "few", 200)}
    write_patterns(path, searches, attributes={"genome": "abc"})


def public_patterns(path: Path) -> None:
    patterns(path.with_name("ours.h5"))
    with h5py.File(path.with_name("ours.h5")) as ours, h5py.File(path, "w") as public:
        public.attrs["window_size"] = 400
        for sign in ("pos", "neg"):
            ours.copy(ours[f"{sign}_patterns"], public)
    path.with_name("ours.h5").unlink()


def checkpoint(path: Path) -> None:
    weights = torch.nn.Linear(3, 2, bias=True).state_dict()
    weights = {name: torch.arange(tensor.numel()).reshape(tensor.shape).float() for name, tensor in weights.items()}
    identity = ModelIdentity("line", {"width": 3}, {"genome": "abc"})
    state = {"optimizer.0": torch.ones(3, 2), "sums": torch.zeros(4, dtype=torch.float64)}
    save_checkpoint(path, Checkpoint(identity, weights, {"epoch": 3, "best": 0.5}, state))


def manifest(path: Path) -> None:
    made = Manifest(path)
    made.inputs["genome"] = FileRecord("genome.fa", "a" * 64, 123, 5)
    made.steps["prepare"] = StepRecord("done", "b" * 64, "2026-01-02T03:04:05", 1.5, {"a.tsv": "c" * 64}, {"n": 3})
    made.note_step("prepare")
    made.describe(seed=1, data_folder=None)


def npy(path: Path) -> None:
    np.save(path, np.arange(12, dtype=np.float32).reshape(3, 4))


def genome_cache(path: Path) -> None:
    path.mkdir()
    (path / "g.fa").write_text(">I\nACGTNacgt\n>II\nTTG\n")
    read_genome(path / "g.fa", cache_folder=path)


def store(folder: Path) -> None:
    signals = folder.parent / "signals"
    signals.mkdir(exist_ok=True)
    for number, name in enumerate("pm"):
        bigwig(signals / f"{name}.bw", seed=number)
    tracks = (TrackFiles("a", (StrandFiles(signals / "p.bw", signals / "m.bw"),)),)
    peaks = interval_table(
        [*["I"] * 6, *["II"] * 4, *["III"] * 3],
        [*range(100, 700, 100), *range(100, 500, 100), 99, 199, 299],
        [*range(101, 701, 100), *range(101, 501, 100), 100, 200, 300],
    )
    windows = propose_windows(peaks, sizes=LENGTHS, input_length=40, jitter_bp=8, center="middle")
    windows = split_by_contig(windows, valid=["II"], test=["III"])
    build_store(folder, windows, _genome(), tracks, (), input_length=40, output_length=20, jitter_bp=8)


def labelled_store(folder: Path) -> None:
    table = pd.DataFrame({"chrom": "I", "start": [30, 5, 480, 100], "kind": "peak"})
    table = table.assign(end=table["start"] + 20, split=["train", "train", "valid", "test"], dropped="")
    labels = (np.arange(12).reshape(4, 3) % 2).astype(np.float32)
    store_windows(folder, table, labels, _genome(), track_names=("K562", "GM", "Hep"), jitter_bp=7)


def _tiles() -> pd.DataFrame:
    rows = [("I", 0, "train", ""), ("I", 40, "train", ""), ("I", 80, "train", "too many N"), ("I", 120, "valid", "")]
    rows += [("II", 0, "test", ""), ("II", 80, "test", "")]
    windows = pd.DataFrame(rows, columns=["chrom", "start", "split", "dropped"])
    return windows.assign(end=windows["start"] + 80, name="w", kind="tile")


def binned_store(folder: Path) -> None:
    rng = np.random.default_rng(3)
    layout = BinnedLayout(
        track_names=("c+", "c-"), descriptions=("", ""), families=("CAGE", "CAGE"), strand_pairs=(1, 0), bin_size=10,
        input_length=80, n_bins=6, ceiling=("replicates", "none"), genome_sha256=_genome().sha256,
    )  # fmt: skip
    write_binned(
        folder,
        layout,
        _tiles(),
        (BinnedExample(rng.random((2, 6)), rng.random((2, 2, 6)) if n > 2 else None) for n in range(5)),
    )


def contact_store(folder: Path) -> None:
    rng = np.random.default_rng(3)
    layout = ContactLayout(
        track_names=("one", "two"), bin_size=10, input_length=80, n_bins=6, diagonal_offset=2, clip=2.0,
        ceiling="replicates", genome_sha256=_genome().sha256,
    )  # fmt: skip
    examples = (
        ContactExample(
            rng.normal(size=(2, 10)), rng.random((2, 6)) < 0.2, rng.normal(size=(2, 2, 10)) if n > 2 else None
        )
        for n in range(5)
    )
    write_contacts(folder, layout, _tiles(), examples)


def coverage_store(folder: Path) -> None:
    signal = {chrom: np.random.default_rng(n).integers(0, 9, n) / 2 for chrom, n in LENGTHS.items()}
    write_coverage(folder, LENGTHS, {"noisy": lambda chrom, start, end: signal[chrom][start:end]})


def locus_study(path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [(n + 1, "Oct4-Sox2", 110 + 40 * n, 120 + 40 * n, "+") for n in range(2)]
    effects = [(*row, "Oct4", -0.5, -1.0, 0.25, 10) for row in rows]
    study = LocusStudy(
        "7", 99, ("Oct4",), rng.integers(0, 5, 30).astype(np.uint8), rng.poisson(1, (1, 2, 30)).astype(float),
        rng.random((1, 2, 30)), rng.normal(0, 1, (1, 30)), "profile",
        pd.DataFrame(rows, columns=list(INSTANCE_COLUMNS)),
        pd.DataFrame(effects, columns=list(EFFECT_COLUMNS)), "made up",
    )  # fmt: skip
    _flat(write_locus_study(path.parent / "written", study), path)


def promoter_study(path: Path) -> None:
    rng = np.random.default_rng(1)
    element = dict.fromkeys(ELEMENT_COLUMNS, 0.5) | {
        "gene": "g",
        "track": "t",
        "chrom": "I",
        "strand": "+",
        "kind": "distal",
    }
    element |= {"start": 5, "end": 15, "tss": 30, "distance_bp": -20}
    study = PromoterStudy(
        "g 1", "I", 30, "+", -10, 10, 2, (25, 35), ("t",), rng.random(1), rng.random((1, 6)), rng.random((1, 10)),
        pd.DataFrame([element]), pd.DataFrame([{"name": "e1", **element}])[list(KNOWN_COLUMNS)],
    )  # fmt: skip
    _flat(write_promoter_study(path.parent / "written", study, number=1), path)


def _flat(main: Path, path: Path) -> None:
    """Put files of a case beside each other under names that are known."""
    stem, end = main.name.split(".", 1)
    for file in sorted(main.parent.iterdir()):
        file.rename(path.with_name(file.name.replace(stem, path.name.split(".", 1)[0])))
    main.parent.rmdir()
    assert path.name.endswith(end)
