"""Of the provider: keys, limits, prices, counts, models and their classes."""

import json
from collections.abc import Iterable
from typing import Any

from torture.wire.lie import Lie, said, told
from torture.wire.lies.game import IDS

HTML = "<script>alert(1)</script>"


def model(name: str, path: str = "m-target", **changed: Any) -> Lie:
    refused = changed.pop("refused", True)
    return told(f"a model {name}", "GET", path, lambda document: document | changed, refused=refused)


def member(path: str, name: str, value: Any, *, method: str = "GET", **more: Any) -> Lie:
    shown = repr(value)[:40]
    return told(
        f"{name} of {shown} from {path}", method, path, lambda document: document | {name: value}, **more
    )


def members(path: str, name: str, values: Iterable[Any], method: str = "GET") -> list[Lie]:
    return [member(path, name, value, method=method) for value in values]


def price(**changed: Any) -> Lie:
    def change(document: dict[str, Any]) -> None:
        document["items"][0]["price"] |= changed

    return told(f"a price with {changed}"[:90], "GET", "/profiles", change)


def shadow(name: str, **changed: Any) -> Lie:
    """Of every shadow model, whose id ends in its number."""
    return told(f"a shadow model {name}", "GET", "-s000", lambda document: document | changed)


KEYS = (None, 7, "", "k\r\nX-Other: y", "k\u00e9y", "\x1b[2J", "k" * 100_000, ["k"])
LIMITS: tuple[Any, ...] = (
    None,
    7,
    {},
    {"predict_records": 0, "predict_npy_bytes": 1},
    {"predict_records": "9", "predict_npy_bytes": 9},
)
LARGE = {"predict_records": 10**15, "predict_npy_bytes": 10**18}
COUNTS = [{"model_id": "m-target", "requests": -3, "records": 10**9}]
LIES = (
    *members("/accounts", "api_key", KEYS, method="POST"),
    *members("/v1", "limits", LIMITS),
    member("/v1", "limits", LARGE, refused=False),
    *members("/profiles", "items", (None, 7, [], [7], [{}], [{"name": "box"}], {"name": "box"})),
    price(training=-5),
    price(training="free"),
    price(training=1e301),
    price(per_1000_records=None),
    said(
        "a price of NaN",
        "GET",
        "/profiles",
        b'{"items": [{"name": "box", "price": {"currency": "EUR", "training": NaN, "per_1000_records": 1}}]}',
    ),
    *members("/usage", "items", (None, 7, [7], [[]], [{}], [{"model_id": 7}])),
    *members("/datasets", "id", (None, 7, *IDS), method="POST"),
    *members("/submissions", "id", (None, 7, *IDS), method="POST"),
    model("of another name", id="m-other"),
    model("in no state", state="exploded"),
    model("in the state of an escape", state="\x1b[2J"),
    model("without classes", classes=[]),
    model("with a class twice", classes=["0", "0", "1"]),
    model("with classes of numbers", classes=[0, 1, 2]),
    model("with a strange class", classes=["0", "1", "\x1b[2J[/]"]),
    model("with 200,000 classes", classes=[str(number) for number in range(200_000)]),
    model("with too few classes", classes=["0", "1"]),
    model("with too many classes", classes=["0", "1", "2", "3"]),
    model("that is trained still", state="training", refused=True),
    model("with features that are none", features=7),
    model("with text for an error", state="failed", error=HTML),
    shadow("of another name", id="m-other"),
    shadow("with too few classes", classes=["0"]),
    shadow("with a strange class", classes=["0", "1", "9"]),
    shadow("with classes of numbers", classes=[0, 1, 2]),
    said("models that are a list", "POST", "/models", b"[]"),
    said("a model that is a number", "GET", "m-target", json.dumps(7).encode()),
)
