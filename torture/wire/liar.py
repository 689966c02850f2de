"""A relay before an honest server that tells one lie at a time; and a server that nobody is to ask."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from torture.wire.lie import Answer, Lie

PATIENCE_S = 60
HOP = {"connection", "content-length", "transfer-encoding", "date", "server", "keep-alive"}


class Liar:
    """`lie` is told once, after `honest` answers in its place. strayed: requests that went elsewhere."""

    def __init__(self, honest_url: str, url: str, elsewhere: str) -> None:
        self.honest_url, self.url, self.elsewhere = honest_url, url, elsewhere
        self.lie: Lie | None = None
        self.honest = self.told = 0
        self.strayed: list[str] = []
        self.lock = threading.Lock()

    def begin(self, lie: Lie, honest: int) -> None:
        with self.lock:
            self.lie, self.honest, self.told = lie, honest, 0

    def end(self) -> int:
        """From now on the truth; how often the lie was told."""
        with self.lock:
            self.lie = None
            return self.told

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        honest = self.ask(method, path, headers, body)
        lie = self.due(method, path)
        return honest if lie is None else lie.tell(honest, self.elsewhere)

    def due(self, method: str, path: str) -> Lie | None:
        with self.lock:
            lie = self.lie
            if lie is None or method != lie.method or not path.partition("?")[0].endswith(lie.path):
                return None
            self.honest -= 1
            if self.honest >= 0:
                return None
            self.told += 1
            return lie

    def ask(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.honest_url).netloc, timeout=PATIENCE_S)
        try:
            passed = {name: value for name, value in headers.items() if name.lower() not in {*HOP, "host"}}
            connection.request(method, path, body or None, passed)
            found = connection.getresponse()
            content = found.read()
        finally:
            connection.close()
        kept = {name.lower(): value for name, value in found.getheaders() if name.lower() not in HOP}
        if kept.get("content-type", "").startswith("application/json"):
            content = content.replace(self.honest_url.encode(), self.url.encode())
        return Answer(found.status, kept, content)


@contextmanager
def lying(honest_url: str) -> Iterator[Liar]:
    with serving(Relay) as relay, serving(Nobody) as nobody:
        relay.liar = nobody.liar = Liar(honest_url, url_of(relay), url_of(nobody))
        yield relay.liar


class Server(ThreadingHTTPServer):
    daemon_threads = True
    liar: Liar

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who is lied to hangs up."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        answer = self.server.liar.answer(self.command, self.path, self.headers, body)
        if not answer.status:
            self.send_pieces(answer)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(answer.body, bytes):
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        else:
            self.send_header("connection", "close")
            self.end_headers()
            self.send_pieces(answer)

    def send_pieces(self, answer: Answer) -> None:
        self.close_connection = True
        assert not isinstance(answer.body, bytes)
        with suppress(OSError):
            for piece in answer.body:
                self.wfile.write(piece)

    do_GET = do_POST = do_PATCH = do

    def log_message(self, *_: Any) -> None:
        pass


class Nobody(BaseHTTPRequestHandler):
    server: Server

    def do(self) -> None:
        self.server.liar.strayed.append(
            f"{self.command} {self.path} with the key {self.headers['authorization']}"
        )
        self.send_response(200)
        self.end_headers()

    do_GET = do_POST = do_PATCH = do

    def log_message(self, *_: Any) -> None:
        pass
