"""Fitting a model: what it learns, what it leaves behind, what it refuses."""

import logging
import os
import signal
import warnings

import pytest
import torch
from torch import nn
from toy_training import (
    PlainModel,
    ToyBatch,
    ToyBatches,
    ToyModel,
    ToyOutput,
    fingerprint,
    fit_toy,
    loss_with_terms,
    square_loss,
)

from cisgram.errors import ConfigError, DivergenceError, EmptySetError, InputError
from cisgram.nn.blocks import one_hot
from cisgram.nn.dilated import PositionNorm
from cisgram.nn.recompute import Stages
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.history import read_metrics


class Recorder:
    """Notes what it is told."""

    def __init__(self):
        self.steps, self.epochs, self.closed = [], [], 0

    def on_step(self, step):
        self.steps.append(step)

    def on_epoch(self, metrics):
        self.epochs.append(metrics)

    def close(self):
        self.closed += 1


def weights_of(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same_weights(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def mean_loss(model, batches, loss=square_loss):
    """The validation loss by another way: all examples as one batch."""
    everything = list(batches.epoch(0))
    sequences, targets = (torch.cat([getattr(batch, name) for batch in everything]) for name in ("inputs", "targets"))
    with torch.no_grad():
        return float(loss(model.eval()(one_hot(sequences)), targets))


def test_a_model_learns_what_can_be_learnt(tmp_path):
    model = PlainModel()
    untrained = mean_loss(model, ToyBatches(n=21, seed=9))
    result = fit_toy(tmp_path, model=model, loss=square_loss, epochs=60)
    trained = mean_loss(model, ToyBatches(n=21, seed=9))
    assert trained < 0.2 * untrained
    assert result.best_loss == pytest.approx(trained, rel=1e-5)


def test_the_same_training_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        fit_toy(tmp_path / name, seed=seed)
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")
    assert fingerprint(tmp_path / "a")["best"] != fingerprint(tmp_path / "c")["best"]


def test_random_numbers_drawn_before_do_not_matter_and_none_are_used_up(tmp_path):
    torch.manual_seed(1)
    fit_toy(tmp_path / "a")
    drawn = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(drawn, torch.rand(3))
    torch.rand(1000)
    fit_toy(tmp_path / "b")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def test_steps_are_those_of_adam_written_out_by_hand(tmp_path):
    fitted, model = PlainModel(), PlainModel()
    rate, betas, decay, clip = 0.03, (0.8, 0.95), 0.1, 0.05
    settings = {"learning_rate": rate, "betas": betas, "weight_decay": decay, "clip_norm": clip}
    fit_toy(tmp_path, model=fitted, loss=square_loss, epochs=1, **settings)
    mean = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}
    square = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}
    for step, batch in enumerate(ToyBatches().epoch(0), 1):
        model.zero_grad()
        square_loss(model(one_hot(batch.inputs)), batch.targets).backward()
        norm = torch.sqrt(sum(weight.grad.square().sum() for weight in model.parameters()))
        for name, weight in model.named_parameters():
            gradient = weight.grad * min(1.0, clip / float(norm))
            mean[name] = betas[0] * mean[name] + (1 - betas[0]) * gradient
            square[name] = betas[1] * square[name] + (1 - betas[1]) * gradient**2
            change = (mean[name] / (1 - betas[0] ** step)) / (torch.sqrt(square[name] / (1 - betas[1] ** step)) + 1e-8)
            weight.data = weight.data * (1 - rate * decay) - rate * change
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(fitted.state_dict()[name], weight, rtol=1e-4, atol=1e-6)


def test_steps_are_those_of_gradient_descent_with_momentum_written_out_by_hand(tmp_path):
    fitted, model = PlainModel(), PlainModel()
    rate, momentum, decay, clip = 0.05, 0.9, 0.1, 0.5
    settings = {"learning_rate": rate, "momentum": momentum, "weight_decay": decay, "clip_norm": clip}
    fit_toy(tmp_path, model=fitted, loss=square_loss, epochs=1, optimizer="sgd", **settings)
    speed = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}
    for batch in ToyBatches().epoch(0):
        model.zero_grad()
        square_loss(model(one_hot(batch.inputs)), batch.targets).backward()
        norm = torch.sqrt(sum(weight.grad.square().sum() for weight in model.parameters()))
        for name, weight in model.named_parameters():
            gradient = weight.grad * min(1.0, clip / float(norm)) + decay * weight.data
            speed[name] = momentum * speed[name] + gradient
            weight.data = weight.data - rate * speed[name]
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(fitted.state_dict()[name], weight, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_small_batches_together_make_the_steps_of_large_ones(tmp_path, optimizer):
    # 70 examples: 35 batches of 2 in groups of 8 are 4 steps and one of 3 batches, as 5 batches of 16.
    whole, parts = PlainModel(), PlainModel()
    settings = {"loss": square_loss, "optimizer": optimizer, "clip_norm": 0.5, "schedule": "cosine", "patience": 0}
    one = fit_toy(tmp_path / "whole", model=whole, batches=ToyBatches(n=70, batch_size=16), **settings)
    recorder = Recorder()
    other = fit_toy(
        tmp_path / "parts",
        model=parts,
        batches=ToyBatches(n=70, batch_size=2),
        accumulate=8,
        progress=recorder,
        **settings,
    )
    for name, weight in whole.state_dict().items():
        torch.testing.assert_close(parts.state_dict()[name], weight, rtol=1e-3, atol=1e-5)
    for row, expected in zip(other.history, one.history, strict=True):
        assert row["steps"] == expected["steps"]
        for name in ("train_loss", "valid_loss", "learning_rate"):
            assert row[name] == pytest.approx(expected[name], rel=1e-3)
    assert [(step.step, step.n_examples) for step in recorder.steps[:5]] == [(1, 16), (2, 16), (3, 16), (4, 16), (5, 6)]


def test_dropout_differs_between_the_batches_of_a_step(tmp_path):
    seen = []

    class Dropping(PlainModel):
        def forward(self, sequences):
            if self.training:
                seen.append(float(torch.rand(1)))
            return super().forward(sequences)

    fit_toy(tmp_path, model=Dropping(), loss=square_loss, epochs=1, accumulate=2)
    assert len(set(seen)) == len(seen) == 4


def test_recomputing_gives_the_same_bytes(tmp_path):
    def fitted(name, **settings):
        model = ToyModel()
        model.stem = Stages(model.stem, Stages(nn.Tanh(), nn.Dropout(0.3), PositionNorm(6)))
        fit_toy(tmp_path / name, model=model, epochs=2, **settings)
        return fingerprint(tmp_path / name), model.stem.recomputes

    plain, other = fitted("plain"), fitted("other", recompute=True)
    assert plain == other
    with pytest.raises(ConfigError, match="ToyModel has no layers that can recompute"):
        fit_toy(tmp_path / "refused", recompute=True)


def test_rows_of_weights_stay_below_their_cap_after_every_step(tmp_path):
    cap, free = PlainModel(), PlainModel()
    fit_toy(tmp_path / "cap", model=cap, epochs=2, max_row_norm=0.7)
    fit_toy(tmp_path / "free", model=free, epochs=2)
    norms = {name: weight.flatten(1).norm(dim=1).max() for name, weight in cap.named_parameters() if weight.ndim > 1}
    assert all(norm <= 0.7 for norm in norms.values())
    assert max(norms.values()) > 0.69
    assert max(weight.flatten(1).norm(dim=1).max() for weight in free.parameters() if weight.ndim > 1) > 0.7


def test_validation_is_the_mean_over_examples_whatever_the_batches(tmp_path):
    model = PlainModel()
    result = fit_toy(tmp_path, model=model, epochs=1)
    row = result.history[0]
    # 21 examples come as 16 + 5: a mean over batches would weigh them wrongly.
    assert row["valid_loss"] == pytest.approx(
        mean_loss(model, ToyBatches(n=21, seed=9), lambda *pair: loss_with_terms(*pair).total), rel=1e-6
    )
    assert row["valid_square"] == pytest.approx(mean_loss(model, ToyBatches(n=21, seed=9)), rel=1e-6)


def test_the_training_loss_is_the_mean_of_the_steps_of_the_epoch(tmp_path):
    result = fit_toy(tmp_path, model=PlainModel(), epochs=1, learning_rate=1e-12, loss=square_loss)
    assert result.history[0]["train_loss"] == pytest.approx(mean_loss(PlainModel(), ToyBatches()), rel=1e-6)


def test_the_table_has_a_row_per_epoch_with_every_term(tmp_path):
    result = fit_toy(tmp_path, epochs=3)
    rows = read_metrics(result.metrics)
    assert rows == list(result.history)
    terms = ["loss", "square", "tracks_1", "tracks_2"]
    assert list(rows[0]) == [
        "epoch",
        "steps",
        "learning_rate",
        *(f"train_{term}" for term in terms),
        *(f"valid_{term}" for term in terms),
        "seconds",
        "examples_per_second",
    ]
    assert [(row["epoch"], row["steps"]) for row in rows] == [(1, 4), (2, 8), (3, 12)]
    for row in rows:
        total = row["valid_square"] + 0.1 * (row["valid_tracks_1"] + row["valid_tracks_2"])
        assert row["valid_loss"] == pytest.approx(total, rel=1e-6)


def test_the_model_ends_with_its_best_weights_and_they_are_on_disk(tmp_path):
    class Spoilt(ToyBatches):
        """From the third epoch on the targets are nonsense."""

        def epoch(self, number, *, start_batch=0):
            for batch in super().epoch(number, start_batch=start_batch):
                yield batch._replace(targets=5 - batch.targets) if number >= 2 else batch

    model = ToyModel()
    result = fit_toy(tmp_path, model=model, batches=Spoilt(), epochs=20, patience=3)
    assert (result.best_epoch, result.stopped_by, len(result.history)) == (2, "patience", 5)
    assert result.best_loss == min(row["valid_loss"] for row in result.history) == result.history[1]["valid_loss"]
    only_two = ToyModel()
    fit_toy(tmp_path / "two", model=only_two, epochs=2)
    assert same_weights(weights_of(model), weights_of(only_two))
    assert same_weights(weights_of(model), load_checkpoint(result.best).weights)
    assert not same_weights(weights_of(model), load_checkpoint(result.last).weights)


def test_the_lowest_loss_is_the_best_however_small_the_improvement(tmp_path):
    result = fit_toy(tmp_path, epochs=10, min_improvement=1e6, patience=3)
    assert (result.stopped_by, len(result.history)) == ("patience", 4)
    assert result.best_loss == min(row["valid_loss"] for row in result.history)
    assert load_checkpoint(result.best).progress["metrics"]["epoch"] == result.best_epoch > 1


def test_best_is_for_use_and_last_to_go_on(tmp_path):
    result = fit_toy(tmp_path)
    best, last = load_checkpoint(result.best, expect_model="toy"), load_checkpoint(result.last, expect_model="toy")
    assert not best.state
    assert best.progress["metrics"]["epoch"] == result.best_epoch
    assert {name.split(".")[0] for name in last.state} == {"optimizer"}
    assert best.identity.settings == {"dropout": 0.2}


def test_the_schedule_reaches_the_optimiser_and_the_table(tmp_path):
    result = fit_toy(tmp_path, epochs=3, schedule="cosine", warmup_steps=2, learning_rate=0.04)
    rates = [row["learning_rate"] for row in result.history]
    assert 0.04 > rates[0] > rates[1] > rates[2] > 0.0004
    assert load_checkpoint(result.last).progress["optimizer"]["groups"][0]["lr"] == rates[-1]


def test_plateau_lowers_the_rate_where_nothing_improves(tmp_path):
    result = fit_toy(tmp_path, epochs=6, schedule="plateau", plateau_patience=2, min_improvement=100.0, patience=0)
    assert [row["learning_rate"] for row in result.history] == [0.02, 0.02, 0.02, 0.01, 0.01, 0.005]


def test_averaged_weights_are_validated_and_kept(tmp_path):
    model, reference = PlainModel(), PlainModel()
    result = fit_toy(tmp_path, model=model, epochs=1, average_decay=0.5, loss=square_loss)
    optimizer = torch.optim.AdamW(reference.parameters(), lr=0.02, weight_decay=0.0)
    average = weights_of(reference)
    for step, batch in enumerate(ToyBatches().epoch(0)):
        optimizer.zero_grad()
        square_loss(reference(one_hot(batch.inputs)), batch.targets).backward()
        optimizer.step()
        kept = min(0.5, (1 + step) / (10 + step))
        average = {name: kept * average[name] + (1 - kept) * weight for name, weight in weights_of(reference).items()}
    for name, weight in weights_of(model).items():
        torch.testing.assert_close(weight, average[name], rtol=1e-4, atol=1e-6)
    assert result.best_loss == pytest.approx(mean_loss(model, ToyBatches(n=21, seed=9)), rel=1e-5)
    torch.testing.assert_close(
        load_checkpoint(result.last).weights["stem.weight"], reference.stem.weight, rtol=1e-4, atol=1e-6
    )


def test_progress_hears_of_every_step_and_epoch(tmp_path):
    heard = Recorder()
    result = fit_toy(tmp_path, epochs=2, progress=heard)
    assert [(step.epoch, step.step, step.steps) for step in heard.steps] == [
        (epoch, step, 4) for epoch in (1, 2) for step in (1, 2, 3, 4)
    ]
    assert [step.n_examples for step in heard.steps] == [16, 16, 16, 12] * 2
    assert heard.steps[-1].loss == pytest.approx(result.history[-1]["train_loss"], rel=1e-12)
    assert heard.epochs == list(result.history)
    assert heard.closed == 1


def test_nothing_is_said_unless_asked_for(tmp_path, capfd, caplog):
    caplog.set_level(logging.INFO)
    for precision in ("32-true", "bf16-mixed"):
        fit_toy(tmp_path / precision, precision=precision)
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


def test_the_world_is_left_as_it_was(tmp_path):
    model = ToyModel().eval()
    model.norm.train()
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    environment, filters, level = dict(os.environ), list(warnings.filters), logging.getLogger("lightning_fabric").level
    fit_toy(tmp_path, model=model)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert (model.training, model.stem.training, model.norm.training) == (False, False, True)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    assert dict(os.environ) == environment
    assert list(warnings.filters) == filters
    assert logging.getLogger("lightning_fabric").level == level


def test_controls_reach_the_model_exactly_also_in_mixed_precision(tmp_path):
    seen = []

    class Listening(PlainModel):
        def forward(self, sequences, controls=None):
            output = super().forward(sequences)
            seen.append((controls.dtype, float(controls.max()), output.signal.dtype))
            return ToyOutput(output.signal)

    class Controlled(ToyBatches):
        def epoch(self, number, *, start_batch=0):
            for batch in super().epoch(number, start_batch=start_batch):
                yield ToyBatch(batch.inputs, torch.full((len(batch.targets), 1, 20), 257.0), batch.targets)

    outputs = []

    def loss(output, targets):
        outputs.append(output.signal.dtype)
        return square_loss(output, targets)

    from cisgram.training.fit import FitConfig, fit

    for precision, inner in (("32-true", torch.float32), ("bf16-mixed", torch.bfloat16)):
        seen.clear()
        config = FitConfig(epochs=1, precision=precision, accelerator="cpu")
        fit(Listening(), loss, Controlled(), validation=Controlled(n=9), config=config, folder=tmp_path / precision)
        # In bfloat16, 257 reads are 256.
        assert set(seen) == {(torch.float32, 257.0, inner)}
    assert set(outputs) == {torch.float32}


def test_mixed_precision_learns_as_well_and_keeps_float32_weights(tmp_path):
    model = PlainModel()
    fit_toy(tmp_path, model=model, loss=square_loss, epochs=60, precision="bf16-mixed")
    assert mean_loss(model, ToyBatches(n=21, seed=9)) < 0.04
    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_an_error_with_epoch_and_step(tmp_path, bad):
    class Broken(ToyBatches):
        def epoch(self, number, *, start_batch=0):
            for k, batch in enumerate(super().epoch(number, start_batch=start_batch), start_batch):
                yield batch._replace(targets=batch.targets * bad) if (number, k) == (1, 2) else batch

    with pytest.raises(DivergenceError, match=r"in epoch 2, step 3 of 4 .*learning_rate.*clip_norm"):
        fit_toy(tmp_path, batches=Broken(), checkpoint_every_steps=1)
    last = load_checkpoint(tmp_path / "last.safetensors")
    assert last.progress["step"] == 2
    assert all(tensor.isfinite().all() for tensor in (*last.weights.values(), *last.state.values()))


def test_a_validation_loss_that_is_no_number_is_an_error(tmp_path):
    class FailsOutsideTraining(ToyModel):
        def forward(self, sequences, controls=None):
            output = super().forward(sequences, controls)
            return output if self.training else ToyOutput(output.signal / 0)

    with pytest.raises(DivergenceError, match="on the validation examples after epoch 1"):
        fit_toy(tmp_path, model=FailsOutsideTraining())


def test_no_batches_are_an_error_that_says_which(tmp_path):
    with pytest.raises(EmptySetError, match="no training batches left"):
        fit_toy(tmp_path, batches=ToyBatches(n=0))
    from cisgram.training.fit import FitConfig, fit

    with pytest.raises(EmptySetError, match="no validation batches left"):
        fit(
            ToyModel(),
            square_loss,
            ToyBatches(),
            validation=ToyBatches(n=0),
            config=FitConfig(accelerator="cpu"),
            folder=tmp_path,
        )


def test_batches_that_end_too_early_are_an_error(tmp_path):
    class Short(ToyBatches):
        def __len__(self):
            return super().__len__() + 1

        def epoch(self, number, *, start_batch=0):
            return (batch for batch, _ in zip(super().epoch(number, start_batch=start_batch), range(4), strict=False))

    with pytest.raises((InputError, ValueError)):
        fit_toy(tmp_path, batches=Short())


def test_an_error_of_the_batches_comes_through(tmp_path):
    class Failing(ToyBatches):
        def epoch(self, number, *, start_batch=0):
            yield from list(super().epoch(number, start_batch=start_batch))[:2]
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        fit_toy(tmp_path, batches=Failing())


def test_a_model_that_cannot_learn_is_refused(tmp_path):
    model = PlainModel().requires_grad_(False)
    with pytest.raises(InputError, match="no parameters that learn"):
        fit_toy(tmp_path, model=model)


def test_frozen_weights_stay(tmp_path):
    model = PlainModel()
    model.stem.requires_grad_(False)
    before = weights_of(model)
    fit_toy(tmp_path, model=model)
    after = weights_of(model)
    assert torch.equal(before["stem.weight"], after["stem.weight"])
    assert not torch.equal(before["head.weight"], after["head.weight"])


def test_a_loss_that_is_no_scalar_is_refused(tmp_path):
    with pytest.raises(InputError, match="scalar tensor"):
        fit_toy(tmp_path, loss=lambda output, _: output.signal)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="'cuda' with 1 devices: torch finds 0 GPUs"):
        fit_toy(tmp_path, accelerator="cuda")


def test_tensorboard_gets_every_epoch_once(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    fit_toy(tmp_path, epochs=2, tensorboard=True)
    result = fit_toy(tmp_path, epochs=3, tensorboard=True)
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, pytest.approx(event.value)) for event in events.Scalars("valid/loss")] == [
        (row["epoch"], row["valid_loss"]) for row in result.history
    ]


def test_a_module_without_buffers_or_names_works_too(tmp_path):
    class Wrapped(nn.Sequential):
        def forward(self, sequences):
            return ToyOutput(super().forward(sequences))

    result = fit_toy(tmp_path, model=Wrapped(nn.Conv1d(4, 2, 3, padding=1)), epochs=1)
    assert set(load_checkpoint(result.best).weights) == {"0.weight", "0.bias"}
