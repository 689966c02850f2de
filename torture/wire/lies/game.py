"""Of the game: how large it is, where its provider is, what its parts are called."""

from typing import Any

from torture.wire.lie import Lie, said, told

DEEP = b'{"a":' * 900 + b"1" + b"}" * 900
PLACE = ("GET", "/g-1")
NEVER: tuple[Any, ...] = (None, 0, -1, 1.5, "60", 10**12, 10**400, [], True)
URLS = (
    *(
        "",
        "x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://",
        "http://[::1",
        "http://\r\nX: y",
        "//host",
    ),
    *("http://user:pass@127.0.0.1:1/", "http://\x1b[2J", "javascript:alert(1)", "http://127.0.0.1:99999"),
)
IDS = (
    "",
    "..",
    "../../v1/accounts",
    "m\r\nX: y",
    "m\0",
    "\x1b[2J",
    "m?x=1",
    "m#x",
    "m/../x",
    "a" * 5_000,
    "\ud800",
)
HTML = "</title><script>alert(1)</script>"


def with_member(name: str, value: Any, **more: Any) -> Lie:
    shown = repr(value) if len(repr(value)) < 40 else f"{repr(value)[:30]}... of {len(repr(value)):,}"
    return told(f"a game whose {name} is {shown}", *PLACE, lambda game: game | {name: value}, **more)


def with_members(name: str, *values: Any) -> list[Lie]:
    return [with_member(name, value) for value in values]


def with_model(model_id: str) -> Lie:
    return with_member("targets", [{"index": 0, "model_id": model_id}])


def with_feature(**changed: Any) -> Lie:
    def change(game: dict[str, Any]) -> None:
        game["features"][0] |= changed

    return told(f"a game with a feature whose {changed}"[:100], *PLACE, change)


LIES = (
    *with_members("candidates", *NEVER, 59, 61),
    *with_members("members", *NEVER),
    *with_members("classes", None, [], ["0"], ["0", "0", "1"], [0, 1, 2], "012", {"0": 1}),
    with_member("classes", [str(number) for number in range(200_000)]),
    *with_members("features", None, [], [7], "x", {}, [{}] * 19, [{}] * 200_000),
    with_feature(min="0"),
    with_feature(min=5, max=1, values=[[1]]),
    with_feature(max=10**400),
    with_feature(values=list(range(70_000))),
    *with_members("targets", None, [], {}, [7], [{}], [{"index": "0", "model_id": "m"}]),
    with_member("targets", [{"index": number, "model_id": f"m-{number}"} for number in range(100_000)]),
    *map(with_model, IDS),
    *with_members("provider_url", *URLS, None, 7),
    *with_members("rules", None, [], {"knowledge": {"kind": "all"}}, {"knowledge": []}),
    *with_members("state", None, "sleeping", "\x1b[2J", "failed", "closed", 7),
    *with_members("shape", 7, [], [0], ["20"], [-4, -5], [3, 7], [10**9, 10**9]),
    *with_members("profile", None, "", "\x1b[2J[/]", "a" * 5_000, 7),
    *with_members("id", None, 7),
    with_member("options", {"a": HTML}, refused=False),
    with_member("dataset", HTML, refused=False),
    with_member("dataset", "\x1b[2J\u202e[/bold]", refused=False),
    with_member("dataset", 7),
    with_member("unheard_of", [HTML], refused=False),
    said("a game nested 900 deep", *PLACE, DEEP),
    said("a game of 900,000 brackets", *PLACE, b"[" * 900_000),
    said("a game that is a list", *PLACE, b"[]"),
    said("a game in latin-1", *PLACE, b'{"state": "\xe9"}'),
    said("a game cut short", *PLACE, b'{"state": "open", '),
    said("a game with 5,000 digits", *PLACE, b'{"state": ' + b"9" * 5_000 + b"}"),
)
