"""What exists at the parties before they are asked about it, so that requests get beyond "no such thing"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from numpy.random import Generator

from services.web.bodies import NPY, encode_npy
from torture.customers.asking import FEATURES, two_clusters
from torture.customers.tenants import bearer
from torture.described.narrowed import Schema, narrowed

ROWS, MEMBERS = 60, 20
PATIENT = {"Prefer": "wait=60"}


@dataclass(frozen=True)
class Owner:
    """Of datasets and models at a provider, or of games at a challenger."""

    client: httpx.Client

    def posted(self, path: str, **request: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.client.post(path, **request).raise_for_status().json()
        return found

    def uploaded(self, random: Generator) -> str:
        body, kind = encode_npy(two_clusters(ROWS, random)), {"Content-Type": NPY}
        return str(self.posted("/v1/datasets", content=body, headers=kind)["id"])

    def trained(self, dataset: str) -> str:
        asked = {"dataset_id": dataset, "profile": "tiny", "holdout": 0.25}
        return str(self.ended("/v1/models/" + self.posted("/v1/models", json=asked)["id"], "ready"))

    def opened(self) -> tuple[str, str]:
        """A game and its owner key."""
        asked = {"dataset": "digits", "profile": "tiny", "members": MEMBERS}
        game = self.posted("/v1/games", json=asked)
        return self.ended(f"/v1/games/{game['id']}", "open"), game["owner_key"]

    def ended(self, path: str, state: str) -> str:
        found = self.client.get(path, headers=PATIENT).raise_for_status().json()
        if found["state"] != state:
            raise RuntimeError(f"{path} is {found['state']}, not {state}: {found}")
        return str(found["id"])

    def submitted(self, game: str, random: Generator) -> str:
        scores = random.normal(size=(1, 2 * MEMBERS))
        attack = {"name": "gap", "scores": scores.tolist(), "decisions": (scores > 0).tolist()}
        asked = {"attacks": [attack], "primary": "gap"}
        return str(self.posted(f"/v1/games/{game}/submissions", json=asked)["id"])


def about_a_provider(url: str, key: str, random: Generator) -> Schema:
    """The provider's document about datasets, models and keys of the account."""
    with httpx.Client(base_url=url, headers=bearer(key), timeout=120) as client:
        owner, document = Owner(client), client.get("/openapi.json").json()
        datasets = [owner.uploaded(random) for _ in range(3)]
        models = [owner.trained(datasets[0]) for _ in range(2)]
        client.patch(f"/v1/models/{models[0]}", json={"visibility": "public"}).raise_for_status()
        spare_key = owner.posted("/v1/keys", json={"scope": "predict"})["id"]
    rows = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": ROWS}, "minItems": 1}
    features = {"type": "array", "items": referred("Feature"), "minItems": FEATURES, "maxItems": FEATURES}
    properties = {
        "dataset_id": one_of(*datasets[:2]),
        "from": one_of(models[0]),
        "held_out": one_of(datasets[1]),
        "profile": one_of("tiny", "tiny_top_1"),
        "rows": rows,
        "features": features,
        "instances": {"type": "array", "items": numbers(FEATURES)},
    }
    paths = {
        "dataset_id": one_of(*datasets[:2]),
        "model_id": one_of(models[0]),
        "key_id": one_of(spare_key),
        "delete_dataset dataset_id": one_of(datasets[2]),
        "delete_model model_id": one_of(models[1]),
    }
    return narrowed(document, properties, paths)


def about_a_challenger(url: str, random: Generator) -> tuple[Schema, tuple[str, str]]:
    """The challenger's document about games, one of them closed; the keys of two others.

    Of these, the second may be closed on the way.
    """
    with httpx.Client(base_url=url, timeout=120) as client:
        owner, document = Owner(client), client.get("/openapi.json").json()
        (closed, key), (opened, own_key) = owner.opened(), owner.opened()
        ending, ending_key = owner.opened()
        submission = owner.submitted(closed, random)
        client.post(f"/v1/games/{closed}/close", headers=bearer(key)).raise_for_status()
    matrix = {"type": "array", "items": numbers(2 * MEMBERS), "minItems": 1, "maxItems": 1}
    bits = {**matrix, "items": {**numbers(2 * MEMBERS), "items": {"enum": [True, False, 0, 1]}}}
    properties = {
        "dataset": one_of("digits"),
        "profile": one_of("tiny"),
        "options": {"type": "object", "maxProperties": 0},
        "members": {"type": "integer", "minimum": 2, "maximum": 60},
        "targets": {"type": "integer", "minimum": 1, "maximum": 2},
        "twin_of": one_of(opened, closed),
        "name": one_of("gap"),
        "primary": one_of("gap"),
        "scores": matrix,
        "decisions": bits,
    }
    paths = {
        "game_id": one_of(opened, closed, ending),
        "submission_id": one_of(submission),
        "close_game game_id": one_of(closed, ending),
    }
    return narrowed(document, properties, paths), (own_key, ending_key)


def numbers(count: int) -> Mapping[str, Any]:
    return {"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count}


def referred(schema: str) -> Mapping[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def one_of(*texts: str) -> Mapping[str, Any]:
    return {"type": "string", "enum": list(texts)}
