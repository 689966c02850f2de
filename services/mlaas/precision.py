"""What matrix products are made of in training: float32, or bfloat16 that is summed in float32."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.mistake import Mistake
from services.mlaas.model_type import Device
from services.mlaas.settings import Precision

# torch's names; with `medium` a GPU takes TensorFloat-32 where torch has no such product in bfloat16.
TORCH_PRECISION = {"float32": "highest", "bfloat16": "medium"}
# What processors of x86 and of ARM call it. Others would do the same, slowly.
WITH_BFLOAT16 = ("amx_bf16", "avx512_bf16", "bf16")


class NoBfloat16(Mistake):
    """The device has no bfloat16."""


@contextmanager
def products_in(precision: Precision) -> Iterator[None]:
    """Inside, torch multiplies float32 matrices so; parameters, gradients and all else stay float32."""
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(TORCH_PRECISION[precision])
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def check_precision(precision: Precision, device: Device) -> None:
    """Raises NoBfloat16."""
    if precision == "float32":
        return
    import torch

    if device == "cuda":
        there = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        there = any(torch.cpu.get_capabilities().get(name) for name in WITH_BFLOAT16)
    if not there:
        raise NoBfloat16("this machine has no bfloat16 to train with: set MLAAS_PRECISION to float32")
