"""What counts as a jump of the loss: ruined weights, not one hard batch, and the same after a resume."""

import json

import numpy as np
import pytest

from cisgram.training.spikes import SpikeRecord
from cisgram.training.watch import IN_A_ROW, LOOKED_BACK, NEEDED, LossWatch


def usual(n, *, seed=0, scale=0.05):
    return (1 + np.random.default_rng(seed).normal(0, scale, n)).tolist()


def jumps(losses, watch=None):
    """Steps at which a watch says that the loss has jumped."""
    watch = LossWatch() if watch is None else watch
    return [step for step, loss in enumerate(losses) if watch.note(step, loss)]


@pytest.mark.parametrize("seed", range(5))
def test_no_jump_in_noise_however_heavy_its_tails(seed):
    rng = np.random.default_rng(seed)
    for noise in (rng.normal(size=20_000), rng.standard_t(2, size=20_000), rng.pareto(1.5, size=20_000)):
        assert jumps((5 + noise).tolist()) == []


def test_no_jump_while_a_loss_falls_or_rises_slowly():
    steps = np.arange(5_000)
    noise = np.random.default_rng(1).normal(0, 0.02, steps.size)
    for course in (np.exp(-steps / 300) * 1_000 + 1, 1 + steps / 3_000):
        assert jumps((course * (1 + noise)).tolist()) == []


@pytest.mark.parametrize("level", [2.0, 1e3, 1e30])
def test_a_level_that_stays_is_a_jump_after_five_steps(level):
    assert jumps([*usual(100), *[level] * IN_A_ROW])[0] == 100 + IN_A_ROW - 1
    assert jumps([*usual(100), *[level] * (IN_A_ROW - 1), *usual(50)]) == []


def test_nothing_is_a_jump_before_enough_is_known():
    assert jumps([*usual(NEEDED - 20), *[50.0] * 19]) == []


def test_the_last_steps_of_an_epoch_are_a_jump_sooner():
    watch = LossWatch()
    assert jumps(usual(100), watch) == []
    assert not watch.note(100, 9.0, is_last=True)
    assert watch.note(101, 9.0, is_last=True)


def test_blamed_are_where_it_began_and_single_ones_shortly_before():
    watch = LossWatch()
    losses = [*usual(100), 80.0, *usual(LOOKED_BACK + 5), 80.0, 1.0, 1.0, *[7.0] * IN_A_ROW]
    assert len(jumps(losses, watch)) == 1
    single = 100 + LOOKED_BACK + 6
    assert watch.culprits == (single, single + 2, single + 3)


def test_steps_of_the_epoch_before_are_told_by_numbers_below_0():
    watch = LossWatch()
    jumps([*usual(100), 80.0], watch)
    watch.end_epoch(101)
    assert watch.culprits == (-2, -1)
    assert not watch.note(0, 1.0)
    assert watch.culprits == (-1,)
    jumps(usual(LOOKED_BACK + 2), watch)
    assert watch.culprits == ()


@pytest.mark.parametrize("cut", [10, 64, 100, 103, 130])
def test_a_watch_that_was_written_as_json_says_the_same(cut):
    losses = [*usual(100), *[4.0] * 4, 1.0, *usual(20), *[4.0] * 6]
    watch, halves = LossWatch(), LossWatch()
    for step, loss in enumerate(losses):
        if step == cut:
            halves = LossWatch.from_state(json.loads(json.dumps(halves.state())))
        assert watch.note(step, loss) == halves.note(step, loss)
        assert watch.state() == halves.state()


def test_batches_are_left_out_first_and_the_rate_lowered_where_that_was_in_vain():
    record = SpikeRecord().after((40, 41), steps=100).after((70, 71), steps=100)
    assert (record.left_out, record.rate_factor, record.n_all) == ((40, 41, 70, 71), 1.0, 2)
    record = record.after((73, 74), steps=100)
    assert (record.left_out, record.rate_factor) == ((40, 41), 0.5)
    assert record.after((90, 91), steps=100).rate_factor == 0.25
    assert record.row() == {"spikes": 3, "left_out_steps": 2}


def test_not_all_steps_of_an_epoch_are_left_out():
    record = SpikeRecord().after((0, 1), steps=3).after((9, 10), steps=3)
    assert (record.left_out, record.rate_factor) == ((0, 1), 0.5)


def test_a_new_epoch_takes_all_batches_and_keeps_the_rate_and_the_count():
    record = SpikeRecord(n_all=3, n_in_epoch=2, left_out=(1, 2), latest=(), rate_factor=0.5).next_epoch()
    assert record == SpikeRecord(n_all=3, rate_factor=0.5)
    assert record.row() == {}
