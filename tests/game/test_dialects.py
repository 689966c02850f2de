"""A provider's own model, asked in every dialect that it speaks: what comes out is the same."""

from pathlib import Path

import numpy as np
import pytest
from live import Customer
from parties import result
from stand_in_runs import attacker

MEMBERS = 60
DIALECTS = (
    "native",
    "open_inference",
    "open_inference:encoding=json",
    "instances:path=/v1/models/{model}/predict",
)


@pytest.fixture(scope="module")
def target(provider_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Records in files, a model of somebody's, and a key that may ask it and nothing else."""
    folder = tmp_path_factory.mktemp("target")
    random = np.random.default_rng(3)
    records = random.permutation(np.unique(random.integers(0, 2, (300, 20), dtype=np.uint8), axis=0))
    table = np.column_stack([records[:, :2].sum(axis=1), records]).astype(np.uint8)
    np.save(folder / "candidates.npy", table[: 2 * MEMBERS])
    np.save(folder / "truth.npy", np.arange(2 * MEMBERS) < MEMBERS)
    np.save(folder / "population.npy", table[2 * MEMBERS :])
    with Customer(provider_url) as owner:
        dataset = owner.upload(table[:MEMBERS]).json()["id"]
        model = str(owner.train(dataset_id=dataset, profile="tiny").json()["id"])
        assert owner.ended(model)["state"] == "ready"
        key = owner.post("/v1/keys", json={"scope": "predict"}).raise_for_status().json()["api_key"]
    return folder, model, key


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_model_has_the_same_answers_in_every_dialect(
    provider_url: str, target: tuple[Path, str, str], tmp_path: Path, dialect: str
) -> None:
    folder, model, key = target
    done = attacker(
        *("audit", "--url", provider_url, "--model", model, "--dialect", dialect, "--out", tmp_path / "run"),
        *("--candidates", folder / "candidates.npy", "--population", folder / "population.npy"),
        *("--truth", folder / "truth.npy", "--training-size", MEMBERS, "--shadows-at", provider_url),
        *("--shadow-profile", "tiny", "--shadows", 2, "--attacks", "confidence,gap", "--primary", "gap"),
        ATTACKER_TARGET_KEY=key,
    )
    assert done.returncode == 0, done.stderr
    assert result(tmp_path / "run")["deployed"]["answers"] == "probabilities"
    with np.load(exported(tmp_path / "run")) as told:
        answers = told["targets"][0]
    with Customer(provider_url, key) as asker:
        records = np.load(folder / "candidates.npy")[:, 1:]
        own = asker.post(f"/v1/models/{model}/predict", json={"instances": records.tolist()}).json()
    assert answers.tobytes() == np.array(own["predictions"], np.float32).tobytes()


def exported(run: Path) -> Path:
    assert attacker("export", run).returncode == 0
    return run / "transcript.npz"
