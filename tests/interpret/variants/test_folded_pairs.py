"""The head of an Akita with its norms folded away says what the head says."""

import pytest
import torch

from cisgram.interpret.variants.folded_pairs import FoldedPairHead
from cisgram.models.akita import AkitaConfig, build


@pytest.mark.parametrize("operator", ["mean", "left_right", "dot_product"])
def test_contacts_are_those_of_the_model(operator):
    config = AkitaConfig(
        input_length=160, bin_size=8, crop=3, bin_filters=8, pair_filters=6, n_pair_blocks=3, operator=operator
    )
    model = build(config, n_tracks=2, seed=1).double().eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, values in [*model.named_parameters(), *model.named_buffers()]:
            if "running_var" in name:
                values.copy_(torch.rand(values.shape, generator=generator) + 0.5)
            elif values.is_floating_point():
                values.add_(torch.randn(values.shape, generator=generator, dtype=values.dtype) * 0.1)
        sequences = torch.eye(4, dtype=torch.double)[torch.randint(0, 4, (3, 160), generator=generator)].transpose(1, 2)
        folded = FoldedPairHead(model.head, diagonal_offset=model.diagonal_offset)
        bins = model.trunk(sequences)
        before = bins.clone()
        found, expected = folded.contacts(bins), model(sequences).contacts
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-11)
    assert float(expected.std()) > 1e-3
    assert torch.equal(bins, before), "what comes in is left as it was"
