"""What customers send to a provider, and an operator's profiles."""

from pathlib import Path
from typing import Any

from services.mlaas.datasets.csv import read_csv
from services.mlaas.datasets.npy import read_npy
from services.mlaas.datasets.records import write_records
from services.mlaas.facades.google_prediction.asked import GoogleAsked
from services.mlaas.facades.open_inference.asked import OpenInferenceAsked
from services.mlaas.predictions.native import JSON, NativeAsked
from services.mlaas.profile import ProfileInvalid, load_profile
from services.web.bodies import NPY
from services.web.problem import Problem
from torture.decoding.changes import documents, lines, npy, tensors
from torture.decoding.decoder import Decoder, from_file

FEATURES, MOST_RECORDS, MOST_FEATURES, MOST_CLASSES = 4, 64, 64, 20


def asked(sent: str) -> Any:
    return lambda body, _: NativeAsked("", None, "", sent, sent).records(body, FEATURES, MOST_RECORDS)


def infer(body: bytes, head: int | None) -> Any:
    return OpenInferenceAsked("", None, "", head).records(body, FEATURES, MOST_RECORDS)


def asked_at_google(body: bytes, folder: Path) -> None:
    GoogleAsked("", None, "").records(body, FEATURES, MOST_RECORDS)


def uploaded_npy(path: Path) -> None:
    write_records(read_npy(path, most_features=MOST_FEATURES), path.parent, most_classes=MOST_CLASSES)


def uploaded_csv(path: Path) -> None:
    write_records(read_csv(path, "auto", most_features=MOST_FEATURES), path.parent, most_classes=MOST_CLASSES)


DECODERS = (
    Decoder("query_npy", asked(NPY), (Problem,), npy.changed),
    Decoder("query_json", asked(JSON), (Problem,), documents.changed_json),
    Decoder("infer_json", lambda body, _: infer(body, None), (Problem,), documents.changed_json),
    Decoder("infer_binary", lambda body, _: infer(body, tensors.head(body)), (Problem,), tensors.changed),
    Decoder("query_google", asked_at_google, (Problem,), documents.changed_json),
    Decoder("upload_npy", from_file(uploaded_npy, ".npy"), (Problem,), npy.changed),
    Decoder("upload_csv", from_file(uploaded_csv, ".csv"), (Problem,), lines.changed),
    Decoder("profile", from_file(load_profile, ".toml"), (ProfileInvalid,), documents.changed_toml),
)
