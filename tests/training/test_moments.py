"""When a training saves, looks and stops; alone and with others."""

from types import SimpleNamespace

import pytest
import torch

from cisgram.training import moments
from cisgram.training.config import FitConfig
from cisgram.training.moments import APART, Moment, Moments
from cisgram.training.signals import StopRequest


class Fabric:
    """Stands for one device among others: what the others wish is added."""

    def __init__(self, *, world_size=1, device="cpu", others=0.0):
        self.world_size, self.device = world_size, torch.device(device)
        self.strategy = SimpleNamespace(all_reduce=lambda wish, _: wish + others)


def moments_of(fabric, stop="", **settings):
    request = StopRequest()
    request.signal_name = stop
    return Moments(fabric, FitConfig(**settings), request)


def saves(one, n):
    return [step for step in range(1, n + 1) if one.after(step, of=n).save]


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(moments.time, "monotonic", lambda: now.seconds)
    return now


@pytest.fixture(autouse=True)
def wishes_stay_on_the_processor(monkeypatch):
    monkeypatch.setattr(moments, "summed", lambda fabric, wish: fabric.strategy.all_reduce(wish, "sum"))


def test_checkpoints_are_counted_in_steps(clock):
    assert saves(moments_of(Fabric(), checkpoint_every_steps=3), 10) == [3, 6, 9]
    assert saves(moments_of(Fabric(), checkpoint_every_steps=0), 10) == []


def test_checkpoints_follow_the_clock_from_the_last_one(clock):
    one = moments_of(Fabric(), checkpoint_every_minutes=1.0)
    saved = []
    for step in range(1, 200):
        clock.seconds += 1.0
        if one.after(step, of=200).save:
            saved.append(step)
    assert saved == [60, 120, 180]
    never = moments_of(Fabric(), checkpoint_every_minutes=0.0)
    clock.seconds += 1e9
    assert not never.after(1, of=200).save


def test_alone_on_a_processor_every_step_is_looked_at_and_a_wish_to_stop_is_granted_at_once():
    assert moments_of(Fabric()).after(7, of=20) == Moment(look=True, save=False, stop=False)
    assert moments_of(Fabric(), stop="SIGTERM").after(7, of=20) == Moment(look=True, save=True, stop=True)
    assert moments_of(Fabric(), stop="SIGTERM").stops_now()


def test_a_gpu_is_not_asked_for_its_loss_at_every_step_but_stops_at_once():
    one = moments_of(Fabric(device="cuda"), stop="SIGTERM")
    assert one.after(7, of=20) == Moment(look=False, save=True, stop=True)
    assert [step for step in range(1, 36) if one.after(step, of=35).look] == [APART, 2 * APART, 3 * APART, 35]


@pytest.mark.parametrize(("mine", "others"), [("", 1.0), ("SIGTERM", 0.0), ("SIGTERM", 1.0)])
def test_devices_stop_together_whoever_was_asked(mine, others):
    one = moments_of(Fabric(world_size=2, others=others), stop=mine)
    assert one.after(7, of=20) == Moment(look=False, save=False, stop=False)
    assert one.after(APART, of=20) == Moment(look=True, save=True, stop=True)
    assert one.after(7, of=7) == Moment(look=True, save=True, stop=True)
    assert not one.stops_now()
