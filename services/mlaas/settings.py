"""The provider's configuration: one frozen object, read from the environment (MLAAS_...) at the edge."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.connection_limits import ConnectionLimits

WantedDevice = Literal["auto", "cpu", "cuda"]
Precision = Literal["float32", "bfloat16"]


class Settings(ConnectionLimits):
    model_config = SettingsConfigDict(env_prefix="MLAAS_", frozen=True, hide_input_in_errors=True)

    data: Path = Field(Path("mlaas-data"), description="Folder of the database, uploads and weights.")
    database: str | None = Field(
        None, repr=False, description="SQLAlchemy URL of the database, where it is not a file in `data`."
    )
    storage: str | None = Field(
        None, description="fsspec URL of uploads and weights, where they are not in `data`."
    )
    profiles: Path | None = Field(None, description="Folder with further profiles, one TOML file each.")
    facades: str = Field(
        "all", description="Other services' APIs that are open: all, none, or names with commas."
    )
    sign_up: bool = Field(True, description="Anybody may open an account.")
    workers: int = Field(os.cpu_count() or 1, ge=0, description="Training processes that `serve` starts.")
    device: WantedDevice = Field(
        "auto", description="Where models are trained; auto: on a GPU where there is one."
    )
    precision: Precision = Field(
        "float32", description="Of matrix products in training; bfloat16 is faster on machines that have it."
    )
    quota_records: int | None = Field(None, ge=0, description="Records an account may ask of each model.")

    upload_bytes: int = Field(2**31, description="Largest upload.")
    predict_npy_bytes: int = Field(64 * 2**20, description="Largest prediction request in NPY.")
    predict_json_bytes: int = Field(8 * 2**20, description="Largest prediction request in JSON.")
    predict_records: int = Field(10_000, description="Most records in one prediction request.")
    features: int = Field(20_000, description="Most features of a record.")
    classes: int = Field(1_000, description="Most classes of a dataset.")
    account_requests: int = Field(
        256, ge=1, description="Predictions that an account may have under way at once."
    )
    account_jobs: int = Field(
        2_000, ge=1, description="Trainings and leakage reports of an account that have not ended."
    )
    account_datasets: int = Field(10_000, ge=1, description="Datasets that an account may store.")
    account_bytes: int = Field(
        2**36,
        ge=1,
        description="Bytes of uploads, and of its models' lists of rows, that an account may store.",
    )
    predicting_bytes: int = Field(
        2**29, ge=1, description="Memory for requests for predictions under way and their answers."
    )
    ledger_queue: int = Field(10_000, description="Queries that may wait for the ledger at once.")
    cache_bytes: int = Field(2**30, description="Memory for loaded models.")
    lease_s: float = Field(
        60.0, gt=0, description="A training job unheard of for so long is given to another."
    )
    attempts: int = Field(3, ge=1, description="Times that a training job is begun before it fails.")
    job_s: float = Field(
        6 * 3600.0, gt=0, description="Longest that a training, or a leakage report, may take in its process."
    )
    job_bytes: int = Field(
        8 * 2**30, ge=2**28, description="Most memory of the process that a training, or a report, runs in."
    )

    def limits(self) -> dict[str, int]:
        """What a customer must know to stay within."""
        names = (
            "upload_bytes",
            "predict_npy_bytes",
            "predict_json_bytes",
            "predict_records",
            "features",
            "classes",
            "account_requests",
            "account_jobs",
            "account_datasets",
            "account_bytes",
        )
        return {name: getattr(self, name) for name in names}
