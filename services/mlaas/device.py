"""Where models are trained: on the CPU, or on a GPU where there is one."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from services.mistake import Mistake
from services.mlaas.model_type import Device
from services.mlaas.precision import check_precision
from services.mlaas.settings import Precision, WantedDevice


class NoSuchDevice(Mistake):
    """The GPU that is wanted cannot be used."""


def choose_device(wanted: WantedDevice) -> Device:
    """The device to use; raises NoSuchDevice for `cuda` where there is none."""
    if wanted == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise NoSuchDevice(
            "no GPU that torch can use was found: set MLAAS_DEVICE to cpu or auto, or install torch for CUDA"
        )
    return "cpu"


def check_machine(wanted: WantedDevice, precision: Precision) -> None:
    """Raises NoSuchDevice and NoBfloat16. Another process looks, so that this one need not load torch."""
    if wanted == "cuda" or precision != "float32":
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
            elsewhere.submit(look, wanted, precision).result()


def look(wanted: WantedDevice, precision: Precision) -> None:
    check_precision(precision, choose_device(wanted))
