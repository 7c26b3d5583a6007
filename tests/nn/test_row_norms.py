"""Rows of weights are shortened where they are too long, and nowhere else."""

import torch
from torch import nn

from cisgram.nn.row_norms import cap_row_norms


def test_long_rows_are_shortened_and_keep_their_direction_while_short_ones_stay():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(4, 3, 5), nn.BatchNorm1d(3), nn.Flatten(), nn.Linear(6, 2))
    with torch.no_grad():
        model[0].weight[0] *= 50
        model[1].weight[:] = 100.0
        model[3].bias[:] = 100.0
        model[3].weight[1] *= 50
    before = {name: value.clone() for name, value in model.state_dict().items()}
    cap_row_norms(model, 7.0)
    after = model.state_dict()
    for name, row in (("0.weight", 0), ("3.weight", 1)):
        torch.testing.assert_close(after[name][row].norm(), torch.tensor(7.0))
        cosine = nn.functional.cosine_similarity(after[name][row].flatten(), before[name][row].flatten(), dim=0)
        torch.testing.assert_close(cosine, torch.tensor(1.0))
    assert torch.equal(after["0.weight"][1:], before["0.weight"][1:])
    assert torch.equal(after["3.weight"][0], before["3.weight"][0])
    assert all(torch.equal(after[name], before[name]) for name in before if not name.endswith(("0.weight", "3.weight")))


def test_what_is_frozen_stays():
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight *= 100
    layer.weight.requires_grad = False
    before = layer.weight.clone()
    cap_row_norms(layer, 1.0)
    assert torch.equal(layer.weight, before)
