"""What a worker does with trainings that it cannot do, and when nobody holds its standard input any more."""

import subprocess
import sys
from pathlib import Path

from live import Customer, provider, two_clusters


def test_a_worker_that_lacks_a_profile_fails_that_training_and_does_the_next(
    tmp_path: Path, profiles_folder: str
) -> None:
    data = tmp_path / "p"
    with provider(data, "--workers", "0", "--profiles", profiles_folder) as url, Customer(url) as owner:
        dataset = owner.upload(two_clusters(40)).json()["id"]
        models = [owner.train(dataset_id=dataset, profile=name).json()["id"] for name in ("tiny", "amazon")]
        arguments = ["work", "--executor", "inline", "--data", str(data), "--until-stdin-closes"]
        worker = subprocess.Popen([sys.executable, "-m", "services.mlaas", *arguments], stdin=subprocess.PIPE)
        try:
            assert [owner.ended(model)["state"] for model in models] == ["failed", "ready"]
            worker.communicate(timeout=60)
            assert worker.returncode == 0
        finally:
            worker.kill()
            worker.wait()
