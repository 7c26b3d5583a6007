"""Checkpoints come back bit by bit or not at all, and say what is wrong with them."""

import json
import resource

import pytest
import safetensors.torch
import torch
from safetensors import safe_open
from torch import nn

from cisgram.errors import CheckpointError, InputError, OutputError
from cisgram.training.checkpoint import (
    Checkpoint,
    ModelIdentity,
    load_checkpoint,
    restore_weights,
    save_checkpoint,
)

IDENTITY = ModelIdentity("toy", {"width": 3, "names": ["a", "b"]}, {"genome": "é"})


def checkpoint(**changes):
    tensors = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.tensor([1.0, -0.0])}
    return Checkpoint(**{"identity": IDENTITY, "weights": tensors, "progress": {"epoch": 3, "loss": 0.1}} | changes)


def same_bits(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and one.numpy().tobytes() == other.numpy().tobytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def rewrite(path, *, change=lambda _: None, tensors=None):
    """Write a file with other tensors or another description, as a program that is not ours could."""
    sealed = json.loads(safe_open(path, "pt").metadata()["cisgram"])
    tensors = safetensors.torch.load_file(path) if tensors is None else tensors
    change(sealed)
    safetensors.torch.save_file(tensors, path, {"cisgram": json.dumps(sealed)})


def test_every_bit_comes_back(path):
    generator = torch.Generator().manual_seed(1)
    weights = {
        "float": torch.randn(3, 4, generator=generator),
        "double": torch.randn(3, generator=generator, dtype=torch.float64),
        "bool": torch.tensor([True, False]),
        "whole": torch.tensor(-5),
        "nan": torch.tensor([float("nan"), float("inf"), -0.0]),
        "empty": torch.zeros(0, 7),
        "turned": torch.randn(3, 4, generator=generator).T,
    }
    state = {"optimizer.0.step": torch.tensor(3.0), "sums": torch.tensor([0.1], dtype=torch.float64)}
    progress = {"epoch": 3, "loss": 0.1 + 0.2, "history": [{"z": 1, "a": 2.5}], "none": None}
    save_checkpoint(path, Checkpoint(IDENTITY, weights, progress, state))
    found = load_checkpoint(path, expect_model="toy")
    assert found.identity == IDENTITY
    assert found.progress == progress
    assert list(found.progress["history"][0]) == ["z", "a"]
    for before, after in ((weights, found.weights), (state, found.state)):
        assert before.keys() == after.keys()
        assert all(same_bits(before[name].contiguous(), after[name]) for name in before)


def test_bfloat16_comes_back(path):
    weights = {"half": torch.tensor([1.5, -2.0], dtype=torch.bfloat16)}
    save_checkpoint(path, checkpoint(weights=weights))
    assert torch.equal(load_checkpoint(path).weights["half"], weights["half"])


def test_the_same_content_gives_the_same_bytes(path):
    written = []
    for _ in range(5):
        save_checkpoint(path, checkpoint())
        written.append(path.read_bytes())
    assert len(set(written)) == 1
    # Several keys would be written in an order that changes from one process to the next.
    assert list(safe_open(path, "pt").metadata()) == ["cisgram"]


def test_any_reader_of_safetensors_finds_the_weights(path):
    save_checkpoint(path, checkpoint())
    with safe_open(path, "pt") as file:
        assert sorted(file.keys()) == ["model.bias", "model.weight"]


def test_tied_weights_are_kept_under_both_names(path):
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    save_checkpoint(path, checkpoint(weights=model.state_dict()))
    other = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    restore_weights(other, load_checkpoint(path))
    assert torch.equal(other[0].weight, model[0].weight)
    assert torch.equal(other[1].weight, model[0].weight)


def test_loaded_tensors_lie_where_torch_puts_its_own(path):
    save_checkpoint(path, checkpoint(state={"odd": torch.zeros(3, dtype=torch.uint8)}))
    assert all(tensor.data_ptr() % 64 == 0 for tensor in load_checkpoint(path).weights.values())


def test_every_changed_byte_is_found(path):
    save_checkpoint(path, checkpoint())
    whole, sound = path.read_bytes(), load_checkpoint(path)
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x01
        path.write_bytes(damaged)
        try:
            found = load_checkpoint(path)
        except CheckpointError:
            continue
        # What is not refused is what it was: blanks that fill up the header.
        assert found.progress == sound.progress
        assert all(same_bits(found.weights[name], sound.weights[name]) for name in sound.weights)
        assert whole[place : place + 1] == b" "


def test_every_length_that_is_too_short_is_refused(path):
    save_checkpoint(path, checkpoint())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"model\.safetensors is not a whole safetensors file"):
            load_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04K\x01.", b"PK\x03\x04" + bytes(100), bytes(1000)])
def test_another_kind_of_file_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a whole safetensors file"):
        load_checkpoint(path)


def test_no_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.safetensors cannot be read: No such file"):
        load_checkpoint(tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read: Is a directory"):
        load_checkpoint(tmp_path)


def test_safetensors_of_another_program_are_told_apart(path):
    safetensors.torch.save_file({"a": torch.zeros(1)}, path, {"format": "pt"})
    with pytest.raises(CheckpointError, match="not a checkpoint of cisgram"):
        load_checkpoint(path)
    safetensors.torch.save_file({"a": torch.zeros(1)}, path, {"cisgram": "{}"})
    with pytest.raises(CheckpointError, match="description cannot be read"):
        load_checkpoint(path)


def test_another_format_is_refused_with_the_version_that_wrote_it(path):
    save_checkpoint(path, checkpoint())

    def newer(sealed):
        content = json.loads(sealed["content"])
        sealed["content"] = json.dumps(content | {"format": 2, "version": "9.9"})

    rewrite(path, change=newer)
    with pytest.raises(
        CheckpointError, match=r"format 2, and .* reads format 1; use the version that wrote it \(9.9\)"
    ):
        load_checkpoint(path)


def test_tensors_of_another_training_are_found_by_the_hash(path):
    save_checkpoint(path, checkpoint())
    rewrite(path, tensors={name: tensor + 1 for name, tensor in safetensors.torch.load_file(path).items()})
    with pytest.raises(CheckpointError, match="is damaged: its content does not have the hash"):
        load_checkpoint(path)


def test_another_model_is_refused_by_name(path):
    save_checkpoint(path, checkpoint())
    with pytest.raises(CheckpointError, match="holds the model 'toy', and 'bpnet' was asked for"):
        load_checkpoint(path, expect_model="bpnet")


def test_weights_that_do_not_fit_are_named_and_leave_the_model_alone():
    model = nn.Linear(4, 2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    weights = {"weight": torch.zeros(2, 3), "extra": torch.zeros(1)}
    with pytest.raises(CheckpointError) as raised:
        restore_weights(model, checkpoint(weights=weights), path="best.safetensors")
    message = str(raised.value)
    assert "best.safetensors does not fit this model" in message
    assert "missing: bias" in message
    assert "unexpected: extra" in message
    assert "weight ((2, 3) in the file, (2, 4) in the model)" in message
    assert "'width': 3" in message
    assert all(torch.equal(model.state_dict()[name], before[name]) for name in before)


def test_a_long_list_of_tensors_is_cut(path):
    weights = {f"w{number}": torch.zeros(1) for number in range(30)}
    with pytest.raises(CheckpointError, match="unexpected: w0, w1, w10, w11, w12 and 25 more"):
        restore_weights(nn.Module(), checkpoint(weights=weights))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_what_json_does_not_know_is_refused(path, value):
    with pytest.raises(InputError, match="plain values that JSON knows"):
        save_checkpoint(path, checkpoint(progress={"loss": value}))
    assert not path.exists()


def test_a_full_disk_is_an_error_and_the_old_checkpoint_stays(path, tmp_path):
    save_checkpoint(path, checkpoint())
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OutputError, match=r"model\.safetensors cannot be written: File too large"):
            save_checkpoint(path, checkpoint(weights={"weight": torch.zeros(100, 100)}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]
