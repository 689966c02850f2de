"""A publisher of data sets on a loopback server, with a publisher's faults."""

import gzip
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.challenger.published.download import Published


@dataclass
class Site:
    """`cut`: after so many bytes the next answers break off. `then`: what the files are after the first.

    `asked`: paths and what of them.
    """

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    then: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    cut: list[int] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def publish(self, content: bytes, name: str = "records.tgz") -> Published:
        self.files[f"/{name}"] = content
        return Published(f"{self.url}/{name}", len(content), f"git:{blob_id(content)}")

    def publish_all(self, files: tuple[Published, ...], *contents: bytes) -> tuple[Published, ...]:
        """These contents in the place of a data set's own files."""
        return tuple(
            replace(
                self.publish(gzip.compress(content) if file.zipped else content, file.name),
                digest=f"md5:{hashlib.md5(content).hexdigest()}",
                zipped=file.zipped,
            )
            for file, content in zip(files, contents, strict=True)
        )

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers["Range"]
        self.asked.append((request.path, wanted))
        if request.path.startswith("/moved/"):
            request.send_response(302)
            request.send_header("Location", request.path.removeprefix("/moved"))
            request.send_header("Content-Length", "0")
            return request.end_headers()
        content = self.files.get(request.path, b"")
        self.files |= self.then
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        request.send_response(self.status(request.path, first, len(content)))
        rest = content[first:]
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        with suppress(ConnectionError):  # a client that has read enough
            request.wfile.write(rest[: self.cut.pop(0)] if self.cut else rest)
        return None

    def status(self, path: str, first: int, length: int) -> int:
        if path not in self.files:
            return 404
        if not first:
            return 200
        return 206 if first < length else 416


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def tgz(**files: bytes) -> bytes:
    """An archive; `__` in a name stands for a slash."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def bit_lines(features: Any, labels: Any = None, quoted: bool = False) -> bytes:
    """Lines `bit,...,bit`, before them the label counted from 1."""
    lines = [",".join(map(str, row)) for row in features]
    if labels is not None:
        shown = [f'"{label + 1}"' if quoted else f"{label + 1}" for label in labels]
        lines = [f"{label},{line}" for label, line in zip(shown, lines, strict=True)]
    return ("\n".join(lines) + "\n").encode()
