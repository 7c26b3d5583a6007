import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.interpret.local_scores import LocalCountsScore, PeakHeightScore, expected_reads, local_part


@pytest.fixture(params=[1, 2])
def output(request, toys):
    generator = torch.Generator().manual_seed(0)
    return toys.Output(
        torch.randn(3, 2, 2, 20, generator=generator), 3 + torch.rand(3, 2, request.param, generator=generator)
    )


def test_reads_of_a_group_add_up_to_its_total(output):
    reads, n_groups = expected_reads(output, [0, 1]), output.log_counts.shape[2]
    totals = reads.sum((2, 3))[..., None] if n_groups == 1 else reads.sum(3)
    torch.testing.assert_close(totals, output.log_counts.expm1())
    shares = reads[0, 0, 0] / reads[0, 0, 0].sum()
    torch.testing.assert_close(shares, output.profile_logits[0, 0, 0].softmax(0))


def test_local_counts_of_the_whole_profile_are_all_reads(output):
    whole = LocalCountsScore((1,), 0, 20)(output)
    torch.testing.assert_close(whole, output.log_counts[:, 1].expm1().sum(1).log1p())
    parts = [LocalCountsScore((1,), *part)(output).expm1() for part in ((0, 7), (7, 20))]
    torch.testing.assert_close(parts[0] + parts[1], whole.expm1())


def test_the_peak_is_the_highest_place_of_each_strand_and_stays_when_held(output):
    score = PeakHeightScore((0,), 5, 15)
    reads = expected_reads(output, [0])[:, 0, :, 5:15].numpy()
    np.testing.assert_allclose(score(output), np.log1p(reads.max(axis=2).sum(axis=1)), rtol=1e-5)
    turned = output._replace(profile_logits=output.profile_logits.roll(3, dims=3))
    rows = expected_reads(turned, [0])[:, 0, :, 5:15].numpy()
    held = np.take_along_axis(rows, reads.argmax(axis=2)[..., None], axis=2).sum(axis=(1, 2))
    np.testing.assert_allclose(score(turned, score.anchor(output)), np.log1p(held), rtol=1e-5)


def test_parts_are_cut_at_the_ends_of_the_profile_and_refused_beyond():
    assert local_part(300, input_length=1000, output_length=400) == (0, 36)
    assert local_part(700, input_length=1000, output_length=400, reach_bp=2) == (398, 400)
    with pytest.raises(InputError, match="position 800 of 1000 bp lies more than 35 bp outside"):
        local_part(800, input_length=1000, output_length=400)
