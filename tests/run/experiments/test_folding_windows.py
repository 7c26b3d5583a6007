"""Windows around loci on whole bins, and the sites in them."""

import numpy as np
import pytest

from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.sequence import N
from cisgram.interpret.folding.prediction import MapGeometry
from cisgram.io.fasta import write_fasta
from cisgram.run.experiments.folding.results import in_genome, shown_sites
from cisgram.run.experiments.folding.windows import PlaceSource, SiteSource, open_windows, sites_of

GEOMETRY = MapGeometry(input_length=400, bin_size=50, n_bins=6, crop=1, diagonal_offset=2)


@pytest.fixture
def genome(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    contigs = {name: np.random.default_rng(1).integers(0, 4, 4000).astype(np.uint8) for name in ("chrI", "chrII")}
    contigs["chrII"][:2000] = N
    write_fasta(tmp_path / "genome.fa", contigs)
    return tmp_path / "genome.fa"


def test_a_window_begins_at_a_bin_and_may_reach_beyond_the_contig(genome):
    windows = open_windows(PlaceSource(genome, loci=("chrI:1,001-1,060", "chrI:1-10")), GEOMETRY)
    assert windows.table["chrom"].tolist() == ["chrI", "chrI"]
    assert windows.table["start"].tolist() == [850, -200]
    assert (windows.codes[1, :200] == N).all()
    np.testing.assert_array_equal(windows.codes[0], windows.genome.codes("chrI", 850, 1250))
    assert windows.first_bp(0, GEOMETRY) == 900


def test_windows_by_chance_have_known_bases_and_do_not_overlap(genome):
    windows = open_windows(PlaceSource(genome, n_random=50), GEOMETRY)
    assert len(windows.codes) == 15
    assert not windows.table.duplicated().any()
    of_one = open_windows(PlaceSource(genome, n_random=3, contigs=("chrII",)), GEOMETRY)
    assert set(of_one.table["chrom"]) == {"chrII"}


def test_sites_lie_wholly_in_windows_and_go_back_to_their_places(genome, tmp_path):
    (tmp_path / "sites.bed").write_text(
        "chrI\t900\t919\ta\t5\t-\nchrI\t845\t855\tcut\t5\t+\nchrI\t1000\t1010\tweak\t1\t+\n"
    )
    windows = open_windows(PlaceSource(genome, loci=("chrI:1,001-1,060",)), GEOMETRY)
    sites = sites_of(windows, SiteSource(tmp_path / "sites.bed", min_score=2))
    assert sites[["row", "start", "end", "strand", "genome_start"]].to_numpy().tolist() == [[0, 50, 69, "-", 900]]
    assert shown_sites(sites, 0)[["start", "end", "strand"]].to_numpy().tolist() == [[900, 919, "-"]]
    placed = in_genome(sites[["row", "start", "end"]].assign(track=0), windows, ("map",))
    assert placed[["chrom", "start", "end", "track"]].to_numpy().tolist() == [["chrI", 900, 919, "map"]]
    with pytest.raises(EmptySetError, match="sites of"):
        sites_of(windows, SiteSource(tmp_path / "sites.bed", min_score=9))


def test_one_source_of_places_and_of_sites_is_asked_for(genome, tmp_path):
    with pytest.raises(ConfigError, match="say where"):
        PlaceSource(genome)
    with pytest.raises(ConfigError, match="say which sites"):
        SiteSource()
    with pytest.raises(EmptySetError, match="N"):
        open_windows(PlaceSource(genome, loci=("chrII:500-600",)), GEOMETRY)
