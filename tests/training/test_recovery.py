"""A batch that ruins a training is found and left out; what is not finite is named, and never written."""

import logging

import pytest
import torch
from poisonous import SETTINGS, Poisonous
from toy_training import PlainModel, ToyBatches, ToyModel, ToyOutput, fingerprint, fit_toy, loss_with_terms, square_loss

from cisgram.errors import DivergenceError
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.history import read_metrics

RATES = {"adam": 0.02, "sgd": 0.05}


def train(folder, *, optimizer="sgd", poison=((2, 17),), factor=1e4, **settings):
    batches = settings.pop("batches", None) or Poisonous(poison=poison, factor=factor)
    return fit_toy(
        folder,
        model=settings.pop("model", None) or PlainModel(),
        loss=settings.pop("loss", square_loss),
        batches=batches,
        **{**SETTINGS, "optimizer": optimizer, "learning_rate": RATES[optimizer]} | settings,
    )


def losses_of(result):
    return [row["valid_loss"] for row in result.history]


def names_that_are_not_finite(path):
    checkpoint = load_checkpoint(path)
    tensors = {**checkpoint.weights, **checkpoint.state}
    return [name for name, tensor in tensors.items() if not tensor.isfinite().all()]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("step", [0, 17, 39])
def test_a_poisonous_batch_ruins_a_training_unless_it_is_left_out(tmp_path, optimizer, step):
    clean = losses_of(train(tmp_path / "clean", optimizer=optimizer, poison=()))
    ruined = losses_of(train(tmp_path / "ruined", optimizer=optimizer, poison=((2, step),), spike_recoveries=0))
    rescued = train(tmp_path / "rescued", optimizer=optimizer, poison=((2, step),))
    assert ruined[-1] > 50 * clean[-1]
    assert losses_of(rescued)[-1] < 1.05 * clean[-1]
    assert [row.get("spikes", 0) for row in rescued.history] == [0, 0, 1, 0, 0]
    assert {row["learning_rate"] for row in rescued.history} == {RATES[optimizer]}


def test_what_was_left_out_is_told_and_stands_in_the_table(tmp_path, caplog):
    train(tmp_path)
    assert "epoch 3, about step 18 of 40: the loss has jumped to" in caplog.text
    assert "gone back (1 of at most 5 times), left out: step 17 (window " in caplog.text
    rows = read_metrics(tmp_path / "metrics.csv")
    assert [(row["spikes"], row["left_out_steps"]) for row in rows] == [(0, 0), (0, 0), (1, 2), (0, 0), (0, 0)]


def test_it_is_as_if_the_batch_had_never_been(tmp_path):
    class Without(Poisonous):
        """The steps that are left out bring no gradient and move nothing."""

        def epoch(self, number, *, start_batch=0):
            for k, batch in enumerate(super().epoch(number, start_batch=start_batch), start_batch):
                self.passed_over = (number, k) in ((2, 16), (2, 17))
                yield batch

    model = PlainModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATES["sgd"], momentum=0.9)
    batches = Without(poison=())
    from cisgram.nn.blocks import one_hot

    for epoch in range(SETTINGS["epochs"]):
        for batch in batches.epoch(epoch):
            if not batches.passed_over:
                optimizer.zero_grad()
                square_loss(model(one_hot(batch.inputs)), batch.targets).backward()
                optimizer.step()
    train(tmp_path)
    found = load_checkpoint(tmp_path / "last.safetensors").weights
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(found[name], weight, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("optimizer", "at"), [("adam", (2, 3)), ("adam", (2, 18)), ("sgd", (2, 18)), ("adam", (2, 25))]
)
def test_a_training_that_died_near_a_jump_ends_in_the_same_bytes(tmp_path, optimizer, at):
    class PowerCutError(Exception):
        pass

    class Cut(Poisonous):
        def epoch(self, number, *, start_batch=0):
            for k, batch in enumerate(super().epoch(number, start_batch=start_batch), start_batch):
                if (number, k) == at:
                    raise PowerCutError
                yield batch

    settings = {"optimizer": optimizer, "average_decay": 0.9, "model": None}
    train(tmp_path / "whole", **settings)
    with pytest.raises(PowerCutError):
        train(tmp_path / "cut", batches=Cut(), checkpoint_every_steps=1, **settings)
    train(tmp_path / "cut", **settings)
    assert fingerprint(tmp_path / "cut") == fingerprint(tmp_path / "whole")


def test_a_training_whose_rate_is_too_high_goes_on_with_a_lower_one(tmp_path):
    class Growing(PlainModel):
        """Its output is multiplied by 10 from the third epoch on, and so is the curvature of the loss by 100."""

        n_calls = 0

        def forward(self, sequences):
            self.n_calls += self.training
            return ToyOutput(super().forward(sequences).signal * (10.0 if self.n_calls > 80 else 1.0))

    result = train(tmp_path, model=Growing(), poison=())
    rates = [row["learning_rate"] for row in result.history]
    assert rates[0] == RATES["sgd"]
    assert rates[-1] < RATES["sgd"]
    assert sum(row.get("spikes", 0) for row in result.history) <= 5


def test_jumps_are_answered_a_bounded_number_of_times(tmp_path):
    poison = [(epoch, step) for epoch in (2, 3, 4) for step in (10, 30)]
    result = train(tmp_path, poison=poison, spike_recoveries=2)
    assert sum(row.get("spikes", 0) for row in result.history) == 2


def test_a_single_hard_batch_that_does_no_harm_changes_nothing(tmp_path):
    settings = {"poison": [(2, 17)], "factor": 6.0, "clip_norm": 0.1}
    with_guard = train(tmp_path / "with", **settings)
    train(tmp_path / "without", spike_recoveries=0, **settings)
    assert "spikes" not in with_guard.history[2]
    ones, others = (load_checkpoint(tmp_path / name / "last.safetensors").weights for name in ("with", "without"))
    assert all(torch.equal(ones[name], others[name]) for name in ones)


@pytest.mark.parametrize(("bad", "count"), [(float("nan"), "3 NaN"), (float("inf"), "3 infinite")])
@pytest.mark.parametrize("kind", ["targets", "controls"])
def test_bad_data_are_named_with_their_examples_and_are_not_passed_over(tmp_path, bad, count, kind):
    class Broken(Poisonous):
        def epoch(self, number, *, start_batch=0):
            for k, batch in enumerate(super().epoch(number, start_batch=start_batch), start_batch):
                parts = {"targets": batch.targets.clone(), "controls": torch.zeros(len(batch.targets), 2, 20)}
                if (number, k) == (2, 5):
                    parts[kind][4, 1, 7:10] = bad
                yield batch._replace(**parts)

    window = Poisonous().describe(2, 5)[4]
    with pytest.raises(DivergenceError, match=rf"epoch 3, step 6 of 40 \(first the {kind}: {count} of .*: {window}\)"):
        train(tmp_path, batches=Broken(poison=()), model=ToyModel(), checkpoint_every_steps=3)
    assert load_checkpoint(tmp_path / "last.safetensors").progress["step"] == 3
    assert names_that_are_not_finite(tmp_path / "last.safetensors") == []


def test_the_term_of_the_loss_is_named(tmp_path):
    def loss(output, targets):
        terms = loss_with_terms(output, targets)
        return terms._replace(tracks=terms.tracks * torch.tensor([1.0, float("nan")]))

    with pytest.raises(DivergenceError, match=r"step 1 of 40 \(first the term tracks of the loss: 1 NaN of 2 numbers"):
        train(tmp_path, loss=loss)


class Backwards(torch.autograd.Function):
    """Does nothing, but its gradient is NaN."""

    @staticmethod
    def forward(ctx, values):  # noqa: ARG004 - what torch calls it with
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):  # noqa: ARG004 - what torch calls it with
        return gradient * float("nan")


class NoGradient(PlainModel):
    def forward(self, sequences):
        return ToyOutput(self.head(Backwards.apply(torch.tanh(self.stem(sequences)))))


@pytest.mark.parametrize("epochs", [1, 2])
def test_the_gradient_is_named_where_the_loss_was_a_number(tmp_path, epochs):
    one_step = ToyBatches(n=16)  # the epoch ends before the loss can tell
    with pytest.raises(DivergenceError, match=r"step 1 of 1 \(first the gradient of stem\.weight: 120 NaN of 120"):
        train(tmp_path, model=NoGradient(), batches=one_step, epochs=epochs, checkpoint_every_steps=1)
    assert not (tmp_path / "last.safetensors").exists()


def test_weights_beyond_all_numbers_are_named(tmp_path):
    with pytest.raises(DivergenceError, match=r"first the (weights|model's output signal|gradient of|term loss)"):
        train(tmp_path, learning_rate=1e38)


def test_what_is_left_after_giving_up_is_said(tmp_path):
    class Overflowing(PlainModel):
        """From the third epoch on, all that it computes is too large."""

        n_calls = 0

        def forward(self, sequences):
            self.n_calls += self.training
            return ToyOutput(super().forward(sequences).signal * (1e30 if self.n_calls > 85 else 1.0))

    with pytest.raises(DivergenceError, match=r"first the .*, after going back 5 times"):
        train(tmp_path, model=Overflowing(), poison=())
    assert names_that_are_not_finite(tmp_path / "best.safetensors") == []
    assert load_checkpoint(tmp_path / "last.safetensors").progress["step"] == 0


def test_unknown_targets_that_the_loss_leaves_out_are_not_blamed(tmp_path):
    class Unknown(Poisonous):
        def epoch(self, number, *, start_batch=0):
            for batch in super().epoch(number, start_batch=start_batch):
                targets = batch.targets.clone()
                targets[0, 0, :5] = float("nan")
                yield batch._replace(targets=targets)

    def masked(output, targets):
        known = ~targets.isnan()
        return (output.signal[known] - targets[known]).square().mean()

    with pytest.raises(DivergenceError, match="first the gradient of stem"):
        train(tmp_path / "broken", model=NoGradient(), batches=Unknown(poison=()), loss=masked)
    train(tmp_path, batches=Unknown(poison=()), loss=masked, epochs=1)


def test_the_batch_of_a_bad_validation_loss_is_named(tmp_path):
    class FailsOutsideTraining(ToyModel):
        def forward(self, sequences, controls=None):
            output = super().forward(sequences, controls)
            return output if self.training else ToyOutput(output.signal / 0)

    with pytest.raises(
        DivergenceError, match=r"validation examples after epoch 1, first the term .*; batch 1: all its"
    ):
        fit_toy(tmp_path, model=FailsOutsideTraining())


def test_nothing_is_said_about_a_training_that_is_well(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    train(tmp_path, poison=())
    assert caplog.messages == []
