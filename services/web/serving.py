"""Runs an app on a socket of its own and says where: port 0 takes a free one."""

import logging
import socket
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

URL_FILE = "url"


class Announcing(uvicorn.Server):
    """Writes the URL once connections are accepted, so that whoever waits need not poll a port."""

    def __init__(self, config: uvicorn.Config, url: str, file: Path) -> None:
        super().__init__(config)
        self.url, self.file = url, file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            partial = self.file.with_suffix(".partial")
            partial.write_text(self.url)
            partial.replace(self.file)
            print(f"listening on {self.url}", flush=True)  # noqa: T201  a command's own output


def serve(app: ASGIApp, host: str, port: int, folder: Path, *, until_stdin_closes: bool = False) -> None:
    """Serve until SIGTERM or SIGINT (or the end of standard input), then finish the answers under way.

    Writes `<folder>/url` when connections are accepted. Raises OSError when the port is taken.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    listening = bind(host, port)
    url_file = folder / URL_FILE
    url_file.unlink(missing_ok=True)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,  # longer than clients keep idle connections, so that none is closed under them
        timeout_graceful_shutdown=20,
    )
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    server = Announcing(config, url, url_file)
    if until_stdin_closes:
        threading.Thread(target=stop_after_stdin, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listening])
    finally:
        url_file.unlink(missing_ok=True)


def stop_after_stdin(server: uvicorn.Server) -> None:
    """Whoever started this process holds its standard input open, and closes it even by dying."""
    sys.stdin.read()
    server.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening
