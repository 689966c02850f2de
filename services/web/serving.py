"""Runs an app on a socket of its own and says where: port 0 takes a free one."""

import resource
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from services.connection_limits import ConnectionLimits
from services.web import logs
from services.web.connections import Connection, limited
from services.web.memory import share_arenas
from services.web.patience import STOPPING

URL_FILE = "url"
TICKS = 10  # a second, as uvicorn does it
OTHER_FILES = 256  # that are open beside the connections


class Announcing(uvicorn.Server):
    """Writes the URL once connections are accepted, so that whoever waits need not poll a port."""

    def __init__(self, config: uvicorn.Config, url: str, file: Path) -> None:
        super().__init__(config)
        self.url, self.file = url, file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.lifespan.state[STOPPING] = lambda: self.should_exit
        if self.started:
            partial = self.file.with_suffix(".partial")
            partial.write_text(self.url)
            partial.replace(self.file)
            print(f"listening on {self.url}", flush=True)  # noqa: T201  a command's own output

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS == 0:
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.end_if_overdue()
        return await super().on_tick(counter)

    def stop(self, *_: Any) -> None:
        self.should_exit = True


def serve(
    app: ASGIApp,
    host: str,
    port: int,
    folder: Path,
    limits: ConnectionLimits,
    *,
    until_stdin_closes: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT (or the end of standard input), then finish the answers under way.

    Writes `<folder>/url` when connections are accepted. Raises OSError when the port is taken.
    """
    share_arenas()
    listening = bind(host, port)
    logs.begin()
    url_file = folder / URL_FILE
    url_file.unlink(missing_ok=True)
    config = uvicorn.Config(
        app,
        http=limited(within_descriptors(limits)),
        ws="none",
        log_config=None,
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
    # Uvicorn sends itself the signal once more when it has ended, and what comes after it is to be done, too.
    signal.signal(signal.SIGTERM, server.stop)
    if until_stdin_closes:
        threading.Thread(target=stop_after_stdin, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listening])
    finally:
        url_file.unlink(missing_ok=True)


def within_descriptors(limits: ConnectionLimits) -> ConnectionLimits:
    """No more connections than files may be open; as many as may be are asked for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections = limits.connections if most == resource.RLIM_INFINITY else most - OTHER_FILES
    return limits.model_copy(update={"connections": max(1, min(limits.connections, connections))})


def stop_after_stdin(server: Announcing) -> None:
    """Whoever started this process holds its standard input open, and closes it even by dying."""
    sys.stdin.read()
    server.stop()


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening
