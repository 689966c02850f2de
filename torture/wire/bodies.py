"""Requests with bodies, headers and paths that nobody means well with, and how they are to be refused."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from services.web.bodies import encode_npy
from torture.wire.raw import request

JSON, CSV = "application/json", "text/csv"
MIB = 2**20
RECORD = encode_npy(np.zeros((1, 6), "f4"))
UP = "..%2F..%2Fetc%2Fpasswd"
ODD_IDS = ("../../etc/passwd", UP, "%2e%2e", "%00", "%ff%fe", "%E2%80%AE", "a" * 5_000, "~", "%0d%0aX:1")
ODD_NAMES = (UP, "%2Fetc%2Fpasswd", "%00", "a" * 201, "%E2%80%AE%F0%9F%92%A3", "=1%2B1", "CON")
BOMB = gzip.compress(bytes(16 * MIB))


@dataclass(frozen=True)
class Hostile:
    """Bytes sent one after the other, `pause_s` apart, and the statuses that are right; 0: none."""

    parts: Iterable[bytes]
    right: tuple[int, ...]
    pause_s: float = 0.0


@dataclass(frozen=True)
class Aim:
    """Where they are sent: a path, with a key or without."""

    path: str
    headers: Mapping[str, str]

    def request(self, body: bytes = b"", **headers: str) -> bytes:
        return request("POST", self.path, body, **(dict(self.headers) | headers))


def untrue_lengths(aim: Aim) -> dict[str, Hostile]:
    def told(length: str, body: bytes = RECORD, **more: str) -> list[bytes]:
        return [aim.request(body, Content_Length=length, **more)]

    def chunked(*parts: bytes) -> list[bytes]:
        return [aim.request(Transfer_Encoding="chunked"), *parts]

    twice = aim.request(RECORD).replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1)
    return {
        "shorter than said": Hostile(told(str(len(RECORD) + 100)), (408, 401)),
        "longer than said": Hostile(told("3"), (422, 401, 400)),
        "a negative length": Hostile(told("-3"), (400,)),
        "a length of 30 digits": Hostile(told("9" * 30), (400,)),
        "a length of 1 TiB": Hostile(told(str(2**40)), (413, 401)),
        "a length in words": Hostile(told("many"), (400,)),
        "two lengths": Hostile([twice], (400,)),
        "a length and chunks": Hostile(told("5", b"0\r\n\r\n", Transfer_Encoding="chunked"), (400,)),
        "a chunk's size in words": Hostile(chunked(b"many\r\n"), (400, 401)),
        "a chunk of 16 EiB": Hostile(chunked(b"f" * 17 + b"\r\nabc"), (400, 401)),
        "a chunk that ends early": Hostile(chunked(b"ff\r\n" + b"a" * 20), (408, 401)),
        "chunks without an end": Hostile(
            [*chunked(), *repeat(b"40000\r\n" + bytes(2**18) + b"\r\n", 60)], (413, 401, 408, 429, 0)
        ),
        "what stands beside a chunk's size": Hostile(
            [*chunked(b"1;"), *repeat(b"a" * 2**16, 100)], (431, 401, 0)
        ),
        "headers after the body": Hostile(
            [*chunked(b"0\r\n"), *repeat(b"name: value\r\n" * 1000, 100)], (431, 401, 0)
        ),
    }


def slow(aim: Aim) -> dict[str, Hostile]:
    whole = aim.request(bytes(1_000))
    head, body = whole[:-1_000], whole[-1_000:]
    return {
        "a body a byte at a time": Hostile([head, *octets(body)], (408, 401), 0.2),
        "a head a byte at a time": Hostile(octets(head), (408,), 0.2),
        "a head without an end": Hostile([head[:-2]], (408,)),
    }


def octets(content: bytes) -> list[bytes]:
    return [content[place : place + 1] for place in range(len(content))]


def huge_heads(aim: Aim) -> dict[str, Hostile]:
    many = {f"X-{number}": "a" for number in range(1_000)}
    return {
        "a header of 1 MiB": Hostile([aim.request(RECORD, X="a" * MIB)], (431, 0)),
        "a header without an end": Hostile([b"POST / HTTP/1.1\r\nX: ", *repeat(b"a" * 2**16, 200)], (431, 0)),
        "a thousand headers": Hostile([aim.request(RECORD, **many)], (431,)),
        "a path of 1 MiB": Hostile([request("GET", "/" + "a" * MIB)], (431, 0)),
        "no HTTP": Hostile([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)], (400,)),
    }


def compressed(aim: Aim) -> dict[str, Hostile]:
    npz = io.BytesIO()
    with zipfile.ZipFile(npz, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("features.npy", bytes(16 * MIB))
    return {
        "a gzip bomb": Hostile([aim.request(BOMB, Content_Encoding="gzip")], (415, 422, 401)),
        "a gzip bomb that is not said to be one": Hostile([aim.request(BOMB)], (422, 401)),
        "a zip bomb": Hostile([aim.request(npz.getvalue())], (422, 401)),
    }


def npy_bombs(aim: Aim) -> dict[str, Hostile]:
    def header(text: str) -> list[bytes]:
        content = text.encode()
        return [aim.request(b"\x93NUMPY\x01\x00" + len(content).to_bytes(2, "little") + content + bytes(64))]

    def shape(text: str, kind: str = "'<f4'") -> list[bytes]:
        return header(f"{{'descr': {kind}, 'fortran_order': False, 'shape': {text}, }}\n")

    right = (422, 401)
    return {
        "10^12 rows": Hostile(shape("(1000000000000, 6)"), right),
        "more rows than there are numbers": Hostile(shape(f"({10**60}, 6)"), right),
        "fewer rows than none": Hostile(shape("(-1, 6)"), right),
        "1,000 dimensions": Hostile(shape("(" + "1, " * 1_000 + ")"), right),
        "objects": Hostile(shape("(2, 6)", "'|O'"), right),
        "texts of 2 GB": Hostile(shape("(1, 6)", "'<U500000000'"), right),
        "a literal 20,000 deep": Hostile(header("[" * 20_000), right),
        "code": Hostile(header("__import__('os').system('true')"), right),
        "a header of 4 GB": Hostile([aim.request(b"\x93NUMPY\x02\x00" + b"\xff" * 4 + bytes(64))], right),
    }


def json_bombs(aim: Aim) -> dict[str, Hostile]:
    def document(text: str) -> list[bytes]:
        return [aim.request(text.encode(), Content_Type=JSON)]

    right = (413, 415, 422, 401, 400)
    rows = '{"rows": [%s], "instances": [[%s]]}'
    return {
        "100,000 lists in each other": Hostile(document("[" * 100_000), right),
        "half a million lists": Hostile(document('{"rows": [' + "[]," * 500_000 + "[]]}"), right),
        "half a million objects": Hostile(document('{"instances": [' + "{}," * 500_000 + "{}]}"), right),
        "300,000 members": Hostile(
            document("{" + ",".join(f'"{number}": 1' for number in range(300_000)) + "}"), right
        ),
        "a number of a million digits": Hostile(document(rows % ("9" * MIB, "9" * MIB)), right),
        "numbers beyond all bounds": Hostile(document(rows % ("1e999", "1e999, 0, 0, 0, 0, 0")), right),
        "NaN": Hostile(document(rows % ("NaN", "NaN, 0, 0, 0, 0, 0")), right),
        "an escape cut in half": Hostile(document('{"instances": "\\ud800"}'), right),
        "the same member twice": Hostile(
            document('{"instances": 1, "instances": [[0, 0, 0, 0, 0, 0]]}'), (200, *right)
        ),
    }


def odd_paths(key: Mapping[str, str]) -> dict[str, Hostile]:
    paths = [path for one in ODD_IDS for path in (f"/v1/datasets/{one}", f"/v1/models/{one}", f"/{one}")]
    return {f"GET {path[:60]}": Hostile([request("GET", path, b"", **key)], (404, 422)) for path in paths} | {
        "GET *": Hostile([request("GET", "*")], (404, 400))
    }


def odd_names(key: Mapping[str, str], csv: bytes) -> dict[str, Hostile]:
    """Names are texts like any other: what is stored lies elsewhere."""
    headers = dict(key) | {"Content-Type": CSV}
    return {
        f"a dataset named {name[:40]}": Hostile(
            [request("POST", f"/v1/datasets?name={name}", csv, **headers)], (200, 201, 422)
        )
        for name in ODD_NAMES
    }


OF_ANY_BODY: tuple[Callable[[Aim], dict[str, Hostile]], ...] = (
    untrue_lengths,
    slow,
    huge_heads,
    compressed,
    npy_bombs,
    json_bombs,
)


def against(aims: Mapping[str, Aim]) -> dict[str, Hostile]:
    """All of them at each of the paths, by what they are."""
    return {
        f"{what}, to {name}": hostile
        for name, aim in aims.items()
        for kind in OF_ANY_BODY
        for what, hostile in kind(aim).items()
    }
