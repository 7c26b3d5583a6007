import re

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.contact_contigs import match_map_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.restriction import ENZYMES, cut_positions, digest, restriction_sites
from cisgram.genomics.sequence import decode


def drawn(n=20_000, seed=0):
    return np.random.default_rng(seed).integers(0, 4, n).astype(np.uint8)


@pytest.mark.parametrize("name", sorted(ENZYMES))
def test_cuts_are_where_the_word_stands(name):
    codes, sites = drawn(), restriction_sites([name])
    expected = set()
    for site in sites:
        word = re.sub("N", "[ACGT]", site.word)
        expected |= {found.start() + site.cut for found in re.finditer(f"(?={word})", decode(codes))}
    assert cut_positions(codes, sites).tolist() == sorted(expected - {0, len(codes)})


def test_a_site_that_is_no_palindrome_cuts_on_both_strands():
    codes = drawn()
    turned = (3 - codes[::-1]).astype(np.uint8)
    sites = restriction_sites(["GAT^TC"])
    np.testing.assert_array_equal(np.sort(len(codes) - cut_positions(turned, sites)), cut_positions(codes, sites))


def test_fragments_tile_the_genome_and_are_as_long_as_chance_makes_them():
    found = digest(Genome.from_codes({"I": drawn(400_000), "II": drawn(100, seed=1)}), ["DpnII"])
    lengths = found.fragments["end"] - found.fragments["start"]
    assert lengths.sum() == 400_100
    assert found.expected_length_uniform == 256
    assert lengths.mean() == pytest.approx(found.expected_length, rel=0.1)


def test_an_unknown_enzyme_is_named():
    with pytest.raises(InputError, match="'HindV' is no enzyme"):
        restriction_sites(["HindV"])


def test_lengths_rounded_up_to_bins_are_those_of_the_genome():
    found = match_map_contigs({"chr1": 230_218, "chr2": 813_184}, {"chr1": 232_000, "chr2": 814_000}, bin_size=2000)
    assert dict(found.to_genome) == {"chr1": "chr1", "chr2": "chr2"}


def test_lengths_off_by_more_need_slack_and_a_warning():
    genome, other = {"I": 100_000}, {"I": 95_000}
    with pytest.raises(InputError, match="another assembly"):
        match_map_contigs(genome, other, bin_size=2000)
    with pytest.warns(UserWarning, match="not quite the genome's"):
        match_map_contigs(genome, other, bin_size=2000, slack_bins=3)
