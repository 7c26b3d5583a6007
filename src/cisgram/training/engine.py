"""Devices, number formats and processes of a training, carried by Lightning Fabric.

Import it late: Fabric takes seconds. A training on several devices runs in one process for each. They are
started here, unless torchrun has started them already, which is the way to several machines.
"""

import logging
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.plugins.precision import MixedPrecision
from lightning_fabric.strategies.launchers.multiprocessing import _MultiProcessingLauncher
from torch.multiprocessing.spawn import ProcessRaisedException

from cisgram.errors import ConfigError, InputError
from cisgram.training.config import FitConfig
from cisgram.training.signals import StopRequest

_FOR_DEVICE = "CISGRAM_PROCESS_FOR_DEVICE"
if _FOR_DEVICE in os.environ:
    # This process was started for a device: Fabric would announce itself before any function of ours is called.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)


class MixedPrecisionKeepingInputs(MixedPrecision):
    """Layers compute in bfloat16, but inputs stay as they are: counts above 256 are no whole numbers in bfloat16."""

    def convert_input(self, data: Any) -> Any:
        """Give the inputs back."""
        return data


def launch(function: Callable[..., Any], *arguments: Any, config: FitConfig) -> Any:
    """Call ``function(fabric, *arguments)`` on all devices and return what it gave on the first.

    With several devices that are not started by torchrun, arguments and result travel between processes, so
    they must be picklable, and a script must call this below ``if __name__ == "__main__"``.

    Raises
    ------
    ConfigError
        Where the devices that are asked for are not there.
    InputError
        Where something cannot be sent to another process.
    """
    with _quiet_fabric(), _environment_kept():
        fabric = _fabric(config)
        if not isinstance(fabric.strategy.launcher, _MultiProcessingLauncher):
            return fabric.launch(function, *arguments)
        return _launch_processes(fabric, function, arguments)


def _launch_processes(fabric: Fabric, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Start a process for each device; an error in one of them is raised here as it was there."""
    try:
        # By ourselves: Fabric would have all processes share the memory of a model on the CPU.
        packed = pickle.dumps((function, arguments, logging.getLogger("cisgram").getEffectiveLevel()))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            "on several devices, model, loss, batches and progress are sent to other processes, and these cannot be: "
            f"{error}. Define them at the top level of a module, no lambda"
        ) from error
    do: Callable[..., Any] = _do_packed
    os.environ[_FOR_DEVICE] = "1"
    with StopRequest(forward=True), TemporaryDirectory() as folder:
        try:
            return fabric.launch(do, packed, folder)
        except ProcessRaisedException as raised:
            for file in Path(folder).iterdir():
                raise pickle.loads(file.read_bytes()) from raised
            raise


def _do_packed(fabric: Fabric, packed: bytes, folder: str) -> Any:
    """Do in a new process what was packed for it; its log lines go to standard error, an error into the folder."""
    function, arguments, level = pickle.loads(packed)
    logging.basicConfig(level=level, format="%(message)s")
    try:
        return function(fabric, *arguments)
    except (InputError, OSError) as error:
        with suppress(Exception):  # not every exception can be sent; its text is then in that of the process
            content = pickle.dumps(error)
            pickle.loads(content)
            Path(folder, str(fabric.global_rank)).write_bytes(content)
        raise
    finally:
        torch.distributed.destroy_process_group()  # its threads must not outlive the interpreter


def _fabric(config: FitConfig) -> Fabric:
    """Fabric for the devices and the precision of the settings."""
    accelerator = config.accelerator if config.accelerator != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    by_torchrun = TorchElasticEnvironment.detect()
    devices = int(os.environ["LOCAL_WORLD_SIZE"]) if by_torchrun else config.devices
    if accelerator == "cuda" and devices > torch.cuda.device_count():
        raise ConfigError(
            f"accelerator 'cuda' with {devices} devices: torch finds {torch.cuda.device_count()} GPUs on this machine; "
            "set accelerator = 'cpu' or fewer devices, or install torch for your GPU"
        )
    machines = int(os.environ["WORLD_SIZE"]) // devices if by_torchrun else 1
    strategy = "auto" if devices * machines == 1 else "ddp" if by_torchrun else "ddp_spawn"
    plugins: list[Any] = [TorchElasticEnvironment() if by_torchrun else LightningEnvironment()]
    if config.precision == "bf16-mixed":
        plugins.append(MixedPrecisionKeepingInputs("bf16-mixed", accelerator))
    return Fabric(accelerator=accelerator, devices=devices, num_nodes=machines, strategy=strategy, plugins=plugins)


@contextmanager
def _quiet_fabric() -> Iterator[None]:
    """Keep Fabric's remarks out of the output, but not its warnings."""
    logger = logging.getLogger("lightning_fabric")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _environment_kept() -> Iterator[None]:
    """Take back what Fabric writes into the environment of this process, such as the port of this training."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
