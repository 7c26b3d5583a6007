"""BPNet's likelihood, window by window, and the weight of its terms."""

import math

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.models.bpnet import BPNetOutput, loss, loss_terms, natural_counts_weight


def random_reads(*shape, seed=0, mean=0.5):
    """Counts."""
    return torch.poisson(torch.full(shape, mean), generator=torch.Generator().manual_seed(seed))


def likelihood_one_by_one(output, targets, *, joint, counts_weight, most=math.inf):
    """The loss, one window, track and strand after the other, with torch's multinomial."""
    total = 0.0
    n_windows, n_tracks = targets.shape[:2]
    for window in range(n_windows):
        for track in range(n_tracks):
            logits, reads = output.profile_logits[window, track], targets[window, track]
            groups = [(logits.flatten(), reads.flatten())] if joint else list(zip(logits, reads, strict=True))
            errors = []
            for group, (group_logits, group_reads) in enumerate(groups):
                n = int(group_reads.sum())
                shape = -torch.distributions.Multinomial(n, logits=group_logits).log_prob(group_reads)
                total += shape.item() * min(1.0, most / max(n, 1))
                errors.append((output.log_counts[window, track, group].item() - math.log(1 + n)) ** 2)
            total += counts_weight * sum(errors) / len(errors)
    return total / n_windows


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("most", [math.inf, 20.0])
def test_loss_is_the_likelihood_window_by_window(joint, most):
    targets = random_reads(3, 2, 2, 40).double()
    generator = torch.Generator().manual_seed(1)
    output = BPNetOutput(
        torch.randn(3, 2, 2, 40, generator=generator, dtype=torch.float64),
        torch.rand(3, 2, 1 if joint else 2, generator=generator, dtype=torch.float64) * 4,
    )
    expected = likelihood_one_by_one(output, targets, joint=joint, counts_weight=7.0, most=most)
    value = loss(output, targets, counts_weight=7.0, max_profile_counts=most)
    assert value.item() == pytest.approx(expected, rel=1e-9)


def test_loss_of_one_joint_track_is_that_of_bpnet_lite():
    """Its ``_mixture_loss``, written out."""
    targets, logits, log_counts = random_reads(4, 1, 2, 40), torch.randn(4, 1, 2, 40), torch.randn(4, 1, 1)
    flat, reads = logits.flatten(1).log_softmax(-1), targets.flatten(1)
    total = reads.sum(-1, keepdim=True)
    mnll = -torch.lgamma(total[:, 0] + 1) + torch.lgamma(reads + 1).sum(-1) - (reads * flat).sum(-1)
    expected = mnll.mean() + 5.0 * torch.square(torch.log(total + 1) - log_counts[:, 0]).mean(-1).mean()
    torch.testing.assert_close(loss(BPNetOutput(logits, log_counts), targets, counts_weight=5.0), expected)


def test_terms_add_up_and_a_weight_per_track_is_possible():
    output, targets = BPNetOutput(torch.randn(3, 2, 2, 40), torch.rand(3, 2, 1)), random_reads(3, 2, 2, 40)
    weights = torch.tensor([2.0, 9.0])
    terms = loss_terms(output, targets, counts_weight=weights)
    torch.testing.assert_close(terms.total, (terms.profile + weights * terms.counts).sum())
    assert torch.equal(loss(output, targets, counts_weight=weights), terms.total)


def test_windows_without_reads_have_a_finite_loss():
    output = BPNetOutput(torch.randn(2, 1, 2, 40, requires_grad=True), torch.rand(2, 1, 1))
    value = loss(output, torch.zeros(2, 1, 2, 40), counts_weight=3.0, max_profile_counts=10.0)
    value.backward()
    assert value.isfinite()


def test_natural_weight_is_half_the_median_of_the_totals():
    counts = np.zeros((4, 1, 2, 30), dtype=np.uint16)
    counts[0, 0, 0, 3], counts[1, 0, 1, 4], counts[2, 0, :, 5] = 10, 40, 35
    assert natural_counts_weight(counts) == 20.0  # totals 10, 40, 70; the empty window is left out


def test_natural_weight_makes_the_loss_a_poisson_likelihood():
    """Around the truth, losing the same as the Poisson distribution of the total does."""
    n, step = 400.0, 0.01
    poisson = [n * math.exp(d) - n * (math.log(n) + d) for d in (0.0, step)]
    counts = np.full((3, 1, 2, 20), n / 40)
    assert natural_counts_weight(counts) * step**2 == pytest.approx(poisson[1] - poisson[0], rel=0.01)


def test_natural_weight_needs_reads():
    with pytest.raises(InputError, match="5 windows have none"):
        natural_counts_weight(np.zeros((5, 1, 2, 10)))
