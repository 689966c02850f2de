"""The precision of training: the operator's, refused where it cannot be, and nothing of it is left behind."""

from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import typed

from services.mlaas import precision
from services.mlaas.__main__ import main
from services.mlaas.model_type import TrainingData
from services.mlaas.model_types.mlp import MLP
from services.mlaas.precision import NoBfloat16, check_precision, products_in
from services.mlaas.settings import Precision


def records(count: int = 300) -> TrainingData:
    """Three classes of binary records, each likelier to have a third of the features."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3
    likely = np.where(np.arange(48) // 16 == labels[:, np.newaxis], 0.8, 0.2)
    return TrainingData((rng.random((count, 48)) < likely).astype(np.uint8), labels, 3)


def fitted(wanted: Precision, **parameters: object) -> bytes:
    network = MLP(hidden=(16,), epochs=10, **parameters)  # type: ignore[arg-type]
    with products_in(wanted):
        model = network.fit(records(), np.random.default_rng(1))
    assert (model.probabilities(records().features).argmax(axis=1) == records().labels).mean() > 0.9
    return model.to_bytes()


def has_bfloat16() -> bool:
    return any(torch.cpu.get_capabilities().get(name) for name in precision.WITH_BFLOAT16)


def test_a_model_in_bfloat16_fits_as_well_and_is_the_same_again() -> None:
    assert fitted("bfloat16") == fitted("bfloat16")
    assert (fitted("bfloat16") != fitted("float32")) == has_bfloat16()


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_a_precision_is_left_as_it_was(wanted: Precision) -> None:
    before = torch.get_float32_matmul_precision()
    with products_in(wanted):
        assert torch.get_float32_matmul_precision() == precision.TORCH_PRECISION[wanted]
    assert torch.get_float32_matmul_precision() == before
    with pytest.raises(AssertionError), products_in(wanted):
        raise AssertionError
    assert torch.get_float32_matmul_precision() == before


def test_a_private_model_is_trained_in_float32_whatever_is_set() -> None:
    private = {"differential_privacy": {"noise_multiplier": 0.1}, "learning_rate": 0.01}
    assert fitted("bfloat16", **private) == fitted("float32", **private)


def test_bfloat16_is_refused_where_no_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"architecture": "x86_64", "avx2": True})
    check_precision("float32", "cpu")
    with pytest.raises(NoBfloat16, match="set MLAAS_PRECISION to float32"):
        check_precision("bfloat16", "cpu")


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_precision_of_another_name_is_refused_with_those_there_are(command: str, tmp_path: Path) -> None:
    done = typed(main, command, "--data", tmp_path, MLAAS_PRECISION="float16")
    assert done.returncode == 1
    assert "'float32' or 'bfloat16'" in done.stderr


@pytest.mark.parametrize("hidden", [(16,), ()])
def test_records_kept_as_bytes_give_the_model_of_the_same_records_as_numbers(hidden: tuple[int, ...]) -> None:
    as_bytes = records()
    as_numbers = TrainingData(as_bytes.features.astype(np.float32), as_bytes.labels, 3)
    network = MLP(hidden=hidden, epochs=3, batch=32, early_stopping={"patience": 2})  # type: ignore[arg-type]
    models = [network.fit(data, np.random.default_rng(1)).to_bytes() for data in (as_bytes, as_numbers)]
    assert models[0] == models[1]
