import sys

import pytest

from cisgram.errors import InputError, MissingExtraError
from cisgram.io.jaspar import read_jaspar


def test_yeast_reb1_is_there_with_its_consensus():
    pytest.importorskip("pyjaspar")
    motifs = {motif.name: motif for motif in read_jaspar(taxa=["fungi"])}
    reb1 = motifs["MA0363.3"]
    assert reb1.alternate_name == "REB1"
    assert "TTACCCG" in (reb1.consensus() + " " + reb1.reverse_complement().consensus())
    assert 150 < len(motifs) < 400


def test_what_is_not_there_is_told():
    pytest.importorskip("pyjaspar")
    with pytest.raises(InputError, match=r"release must be one of .*JASPAR2024.*; got 'JASPAR1999'"):
        read_jaspar(release="JASPAR1999")
    with pytest.raises(InputError, match=r"no motifs in the collection 'CORES' of the taxa \['fungi'\]"):
        read_jaspar(collection="CORES", taxa=["fungi"])


def test_a_misspelt_taxon_among_good_ones_is_refused():
    with pytest.raises(InputError, match=r"taxa of JASPAR are vertebrates, .*; got fungus"):
        read_jaspar(taxa=["vertebrates", "fungus"])


def test_a_missing_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyjaspar", None)
    with pytest.raises(MissingExtraError, match=r"cisgram\[databases\]"):
        read_jaspar()
