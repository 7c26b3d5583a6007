"""Signals are noted, once, and everything is as it was afterwards."""

import signal
import threading

import pytest

from cisgram.training.signals import STOP_SIGNALS, StopRequest, TrainingStopped


@pytest.fixture
def heard():
    """Signals that reach the handlers of the program around a training."""
    numbers = []
    before = {number: signal.signal(number, lambda got, _: numbers.append(got)) for number in STOP_SIGNALS}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_the_first_signal_is_noted_and_the_second_acts(heard, number):
    with StopRequest() as stop:
        assert stop.signal_name == ""
        signal.raise_signal(number)
        assert (stop.signal_name, heard) == (number.name, [])
        signal.raise_signal(number)
    assert heard == [number]


def test_where_processes_stop_together_a_second_signal_is_passed_over(heard):
    with StopRequest(second_acts=False) as stop:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
        assert stop.signal_name == "SIGINT"
    assert heard == []
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


def test_handlers_are_put_back(heard):
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    with StopRequest():
        assert [signal.getsignal(number) for number in STOP_SIGNALS] != before
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


def test_in_another_thread_nothing_is_changed(heard):
    before, found = [signal.getsignal(number) for number in STOP_SIGNALS], []

    def work():
        with StopRequest() as stop:
            found.extend([signal.getsignal(number) for number in STOP_SIGNALS] + [stop.signal_name])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [*before, ""]


def test_a_stopped_training_ends_the_program_with_the_code_of_sigterm():
    stopped = TrainingStopped("saved in x; go on")
    assert isinstance(stopped, SystemExit)
    assert (stopped.code, str(stopped)) == (143, "saved in x; go on")
