"""Every reader of the house: a valid file for it, how it is read, and what must hold of that which it returns."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.fuzz import binaries, texts
from tests.fuzz import invariants as must

from cisgram.data.binned_store import open_binned
from cisgram.data.binned_tracks import read_track_table
from cisgram.data.contact_store import open_contacts
from cisgram.data.coverage_store import open_coverage
from cisgram.data.labelled_store import open_labelled_store
from cisgram.data.npy import open_array
from cisgram.data.store import open_store
from cisgram.errors import CisgramWarning
from cisgram.io.activity import read_activity
from cisgram.io.anchors import read_anchors
from cisgram.io.background import read_background
from cisgram.io.bedgraph import read_bedgraph
from cisgram.io.chromhmm.binarised import read_binarised
from cisgram.io.chromhmm.file_table import read_mark_files
from cisgram.io.chromhmm.model import read_emissions, read_stored_model
from cisgram.io.chromhmm.segments import read_segments
from cisgram.io.contributions import contribution_groups, read_contributions, read_explained_windows
from cisgram.io.fasta import read_genome
from cisgram.io.finemo_hits import read_finemo_hits
from cisgram.io.genes import read_gene_list, read_genes
from cisgram.io.gkm_model import read_gkm_model
from cisgram.io.hic_file import open_hic
from cisgram.io.hit_tables import read_hit_table
from cisgram.io.labelled_sequences import read_labelled_sequences
from cisgram.io.locus_studies import read_locus_study
from cisgram.io.motifs import read_motifs
from cisgram.io.patterns import pattern_groups, read_pattern_motifs, read_patterns
from cisgram.io.promoter_studies import read_promoter_study
from cisgram.io.reads import read_barcode_groups, read_barcodes
from cisgram.io.sequence_tables import read_sequence_table
from cisgram.io.sequences import read_sequences
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_provenance, read_table
from cisgram.io.tables.bedpe import is_bedpe, read_bedpe
from cisgram.run.config import read_config
from cisgram.run.manifest import Manifest
from cisgram.training.checkpoint import load_checkpoint

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@dataclass(frozen=True)
class Reader:
    """A reader and a valid file for it."""

    name: str
    file: str
    """Name of the file that is read; empty where the folder is."""
    form: str
    """How files are changed; see :func:`tests.fuzz.structured.change_file`."""
    write: Callable[[Path], Any]
    """Writes the valid file, and those beside it."""
    read: Callable[[Path], Any]
    """Reads it, and raises an AssertionError where what comes back is not what it says it is."""
    fixed: tuple[str, ...] = ()
    """Files beside it that stay as they are."""
    library: str = "cisgram"
    """What must be installed to write and read it."""


def _text(name: str, file: str, content: str, read: Callable[[Path], Any]) -> Reader:
    return Reader(name, file, "text", partial(_put, content=content), read)


def _put(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="")


def _config(name: str) -> Reader:
    content = (CONFIGS / f"{name}.toml").read_text(encoding="utf-8")
    return Reader(f"config.{name}", "config.toml", "toml", partial(_put, content=content), read_config)


def _gene_annotation(name: str, file: str, content: str) -> Reader:
    return _text(f"genes.{name}", file, content, lambda path: must.be_genes(read_genes(path)))


def _motif_file(name: str, file: str, content: str) -> Reader:
    return _text(f"motifs.{name}", file, content, lambda path: must.be_motifs(read_motifs(path)))


def _intervals(name: str, content: str) -> Reader:
    return _text(f"intervals.{name}", f"a.{name}", content, lambda path: must.be_intervals(read_intervals(path)))


def _marks(path: Path) -> None:
    for name in ("a.bed", "b.bed", "input.bed"):
        path.with_name(name).write_text("I\t0\t50\t.\t0\t+\n")
    _put(path, texts.MARKS)


def _read_table(path: Path) -> None:
    read_table(path)
    read_provenance(path)


def _read_bedpe(path: Path) -> None:
    is_bedpe(path)
    must.be_pairs_of_intervals(read_bedpe(path))


def _read_manifest(path: Path) -> None:
    made = Manifest(path)
    made.write()
    Manifest(path)


def _read_contributions(path: Path) -> None:
    for track, score in contribution_groups(path):
        must.be_contributions(read_contributions(path, track, score))
    must.be_contributions(read_contributions(path))
    must.be_intervals(read_explained_windows(path))


def _read_patterns(path: Path) -> None:
    for track, score in pattern_groups(path):
        must.be_patterns(read_patterns(path, track, score))
    must.be_patterns(read_patterns(path))
    must.be_motifs(read_pattern_motifs(path))


def _read_cache(folder: Path) -> None:
    genome = read_genome(folder / "g.fa", cache_folder=folder)
    assert dict(genome.sizes) == {"I": 9, "II": 3}
    assert genome.codes("I", 0, 9).tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3]


def _read_sequences(path: Path) -> None:
    read = read_sequences(path)
    must.be_sequences(read.sequences)
    read_sequences(path, mask_lower_case=True)


TEXTS = [
    _text("fasta", "a.fa", texts.FASTA, must.be_genome),
    _text("sequences", "a.fa", texts.FASTA, _read_sequences),
    _text("sequences.places", "a.fa", texts.PLACES, _read_sequences),
    _intervals("bed", texts.BED6),
    _intervals("bed.txt", texts.BED3),
    _intervals("narrowPeak", texts.NARROWPEAK),
    _intervals("broadPeak", texts.BROADPEAK),
    _text("chrom_sizes", "a.sizes", texts.SIZES, lambda path: must.be_sizes(read_chrom_sizes(path))),
    _gene_annotation("gtf", "a.gtf", texts.GTF),
    _gene_annotation("exons", "a.gtf", texts.EXONS),
    _gene_annotation("gff3", "a.gff3", texts.GFF3),
    _gene_annotation("bed", "a.bed", texts.GENES_BED),
    _gene_annotation("genepred", "a.txt", texts.GENEPRED),
    _gene_annotation("refflat", "a.txt", texts.REFFLAT),
    _text("gene_list", "a.txt", texts.GENE_LIST, lambda path: must.be_names(read_gene_list(path))),
    _text("bedpe", "a.bedpe", texts.BEDPE, _read_bedpe),
    _text("bedgraph", "a.bedgraph", texts.BEDGRAPH, lambda path: must.be_steps(read_bedgraph(path))),
    _motif_file("meme", "a.meme", texts.MEME),
    _motif_file("jaspar", "a.jaspar", texts.JASPAR),
    _motif_file("transfac", "a.transfac", texts.TRANSFAC),
    _motif_file("homer", "a.motif", texts.HOMER),
    _motif_file("pfm", "a.pfm", texts.PFM),
    _text("background", "a.bg", texts.BACKGROUND, lambda path: must.be_background(read_background(path))),
    _text("variants.vcf", "a.vcf", texts.VCF, must.be_variants),
    _text("variants.table", "a.tsv", texts.VARIANT_TABLE, must.be_variants),
    _text("pairs", "a.pairs", texts.PAIRS, must.be_read_pairs),
    _text("table", "a.tsv", texts.TABLE, _read_table),
    _text("anchors", "a.txt", texts.ANCHORS, lambda path: must.be_anchors(read_anchors(path))),
    _text("activity", "a.txt", texts.ACTIVITY, lambda path: must.be_activity(read_activity(path))),
    _text("sequence_table.csv", "a.csv", texts.SEQUENCE_CSV, lambda path: must.be_labels(read_sequence_table(path))),
    _text("sequence_table.tsv", "a.tsv", texts.SEQUENCE_TSV, lambda path: must.be_labels(read_sequence_table(path))),
    _text("labelled_sequences", "a.csv", texts.LABELLED, lambda path: must.be_labelled(read_labelled_sequences(path))),
    _text("hits.table", "a.tsv", texts.HITS_TABLE, lambda path: must.be_hits(read_hit_table(path))),
    _text("hits.bed", "a.bed", texts.HITS_BED, lambda path: must.be_hits(read_hit_table(path))),
    _text("hits.finemo", "a.tsv", texts.FINEMO, lambda path: must.be_hits(read_finemo_hits(path))),
    _text("barcode_groups", "a.tsv", texts.BARCODE_GROUPS, lambda path: must.be_names(read_barcode_groups(path))),
    _text("barcodes", "a.tsv", texts.BARCODES, lambda path: must.be_names(read_barcodes(path))),
    _text("reads.fragments", "a.tsv", texts.FRAGMENTS, must.be_reads),
    _text("reads.bed", "a.bed", texts.READS_BED, must.be_reads),
    _text("gkm_model", "a.model.txt", texts.GKM, lambda path: must.be_gkm(read_gkm_model(path))),
    _text("state_model", "model_3.txt", texts.STATES, lambda path: must.be_states(read_stored_model(path).model)),
    _text("emissions", "emissions_2.txt", texts.EMISSIONS, lambda path: must.be_emissions(read_emissions(path))),
    _text("binarised", "K562_I_binary.txt", texts.BINARISED, lambda path: must.be_marks(read_binarised(path))),
    _text("segments", "K562_3_segments.bed", texts.SEGMENTS, lambda path: must.be_segments(read_segments(path))),
    _text("segments.dense", "K562_3_dense.bed", texts.DENSE, lambda path: must.be_segments(read_segments(path))),
    _text("track_table", "tracks.tsv", texts.TRACK_TABLE, read_track_table),
    Reader("mark_files", "marks.tsv", "text", _marks, read_mark_files, ("a.bed", "b.bed", "input.bed")),
    *map(_config, ("yeast_reb1_exo", "human_cage_dnase", "yeast_contacts", "atac_hsc", "atac_cd8")),
    Reader("manifest", "manifest.json", "json", binaries.manifest, _read_manifest),
]

BINARIES = [
    Reader("bigwig", "a.bw", "bytes", binaries.bigwig, must.be_signal),
    Reader("reads.bam", "a.bam", "bytes", binaries.bam, must.be_reads),
    Reader("variants.bcf", "a.bcf", "bytes", binaries.bcf, must.be_variants),
    Reader("cool", "a.cool", "hdf5", binaries.cool, must.be_cool),
    Reader("mcool", "a.mcool", "hdf5", binaries.mcool, must.be_cool),
    Reader(
        "hic",
        "a.hic",
        "bytes",
        binaries.hic,
        lambda path: must.be_map(open_hic(path, normalization="weight")),
        library="hictkpy",
    ),
    Reader("contributions", "a.h5", "hdf5", binaries.contributions, _read_contributions),
    Reader("patterns", "a.h5", "hdf5", binaries.patterns, _read_patterns),
    Reader("patterns.public", "a.h5", "hdf5", binaries.public_patterns, _read_patterns),
    Reader("checkpoint", "a.safetensors", "safetensors", binaries.checkpoint, load_checkpoint),
    Reader(
        "npy", "a.npy", "npy", binaries.npy, lambda path: must.be_array(open_array(path, shape=(3, 4), dtype="float32"))
    ),
    Reader("genome_cache", "", "npy", binaries.genome_cache, _read_cache, ("g.fa",)),
    Reader("store", "", "store", binaries.store, lambda path: must.be_store(open_store(path))),
    Reader(
        "store.labelled", "", "store", binaries.labelled_store, lambda path: must.be_store(open_labelled_store(path))
    ),
    Reader("store.binned", "", "store", binaries.binned_store, lambda path: must.be_store(open_binned(path))),
    Reader("store.contacts", "", "store", binaries.contact_store, lambda path: must.be_store(open_contacts(path))),
    Reader("store.coverage", "", "store", binaries.coverage_store, lambda path: must.be_coverage(open_coverage(path))),
    Reader("locus_study", "a.bases.tsv.gz", "text", binaries.locus_study, read_locus_study),
    Reader("promoter_study", "a.bins.tsv.gz", "text", binaries.promoter_study, read_promoter_study),
]

READERS = {reader.name: reader for reader in (*TEXTS, *BINARIES)}
INSTALLED = [name for name, reader in READERS.items() if find_spec(reader.library)]
"""Names of the readers whose library is here."""


def read_checked(name: str, path: Path) -> None:
    """Read a file by the reader of that name; warnings other than those of the house are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", CisgramWarning)
        READERS[name].read(path)
