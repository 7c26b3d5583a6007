"""gkm-SVMs in the text format of LS-GKM."""

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, FormatError, InputError
from cisgram.genomics.gkm_model import GkmKernel, GkmModel
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.gkm_model import read_gkm_model, write_gkm_model

SUPPORT = SequenceSet.from_codes([encode(text) for text in ("ACGTTGCATTGCA", "GGGTACCATGACC", "TTTGACCATAGAC")])
GOOD = """svm_type c_svc
kernel_type gkm_esttrunc
L 11
k 7
d 3
nr_class 2
total_sv 2
rho 0.25
label 1 -1
nr_sv 1 1
SV
0.5 ACGTTGCATTGCA
-0.5 GGGTACCATNACC
"""


def model_of(kernel, support=SUPPORT):
    return GkmModel(kernel, support, np.array([-0.75, 1 / 3, 0.1])[: len(support)], 0.1 + 0.2)


@pytest.mark.parametrize(
    "kernel",
    [
        GkmKernel(unknown="A"),
        GkmKernel(word_bp=10, informative_bp=6, filter="full", is_stranded=True, unknown="A"),
        GkmKernel(max_mismatches=4, filter="gapped", unknown="A"),
        GkmKernel(gamma=2.5, unknown="A"),
        GkmKernel(center_weight=20, half_life_bp=10.5, unknown="A"),
        GkmKernel(gamma=1 / 3, center_weight=255, unknown="A"),
    ],
    ids=["truncated", "full", "gapped", "rbf", "weighted", "weighted-rbf"],
)
def test_what_is_written_is_read_back(tmp_path, kernel):
    written = model_of(kernel)
    write_gkm_model(tmp_path / "a.model.txt", written)
    read = read_gkm_model(tmp_path / "a.model.txt")
    assert (read.kernel, read.rho) == (kernel, written.rho)
    order = [1, 2, 0]  # positive coefficients first
    np.testing.assert_array_equal(read.coefficients, written.coefficients[order])
    assert [decode(codes) for codes in read.support] == [decode(SUPPORT[row]) for row in order]


def test_unknown_bases_are_kept_and_read_as_ls_gkm_does(tmp_path):
    file = tmp_path / "model.txt"
    file.write_text(GOOD)
    assert read_gkm_model(file).kernel.unknown == "A"
    assert read_gkm_model(file, unknown="skip").kernel.unknown == "skip"
    assert decode(read_gkm_model(file).support[1]) == "GGGTACCATNACC"


def test_labels_the_other_way_round_turn_the_model(tmp_path):
    file = tmp_path / "model.txt"
    file.write_text(GOOD.replace("label 1 -1", "label -1 1"))
    read = read_gkm_model(file)
    assert (read.coefficients.tolist(), read.rho) == ([-0.5, 0.5], -0.25)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("SV\n0.5", "0.5", "no line 'SV'"),
        ("c_svc", "epsilon_svr", "line 1: svm_type must be c_svc"),
        ("gkm_esttrunc", "rbf", "line 2: kernel_type must be one of gkm_cnt"),
        ("L 11\n", "", "no line 'L'"),
        ("k 7", "k seven", "line 4: k must be a number; got 'seven'"),
        ("k 7", "k 12", "informative_bp must be 1 to word_bp = 11; got 12"),
        ("label 1 -1", "label 1 2", "line 9: label must be"),
        ("total_sv 2", "total_sv 3", "total_sv is 3 and 2 support vectors follow; is the file cut off"),
        ("-0.5 GGG", "GGG", "line 13: a support vector is"),
        ("0.5 ACG", "nan ACG", "line 12: a support vector is"),
    ],
    ids=["SV", "type", "kernel", "missing", "number", "range", "label", "total", "vector", "nan"],
)
def test_broken_files_are_refused_with_the_reason(tmp_path, old, new, problem):
    file = tmp_path / "model.txt"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FormatError) as caught:
        read_gkm_model(file)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "kernel", [GkmKernel(filter="gapped", gamma=1.0), GkmKernel(max_mismatches=5)], ids=["rbf", "mismatches"]
)
def test_kernels_that_ls_gkm_does_not_have_are_not_written(tmp_path, kernel):
    with pytest.raises(InputError, match="LS-GKM has no kernel like"):
        write_gkm_model(tmp_path / "model.txt", model_of(kernel))


def test_differences_from_ls_gkm_are_told(tmp_path):
    support = SequenceSet.from_codes([encode("ACGTTNGCATTGCA"), encode("ACGT" * 600)])
    with pytest.warns(CisgramWarning, match=r"1 support vectors have unknown.* 1 support vectors have more than 2047"):
        write_gkm_model(tmp_path / "model.txt", model_of(GkmKernel(), support))
