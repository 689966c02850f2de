"""`mlaas serve`, `mlaas work`, `mlaas openapi`."""

import multiprocessing
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from services.mlaas.cli.settings import DataOption, ProfilesOption, settings_from

if TYPE_CHECKING:
    from services.mlaas.settings import Settings

STOPPING_S = 10.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0  # before a worker that died is begun again
# The ledger's thread needs the interpreter for a moment only, several times a group; by default it would wait
# for 5 ms each time while the event loop is busy.
THREADS_TAKE_TURNS_S = 0.001


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    data: DataOption = None,
    profiles: ProfilesOption = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Training processes; 0 when `mlaas work` runs apart. [MLAAS_WORKERS]", min=0),
    ] = None,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
) -> None:
    """Serve the API, and train models in processes beside it."""
    from services.mlaas.executors import one_thread

    one_thread()
    from services.mlaas import facade
    from services.mlaas.app import create_app
    from services.mlaas.database import open_database
    from services.mlaas.device import check_machine
    from services.mlaas.predictions.direct import PredictionsFirst
    from services.web.command import keep_private
    from services.web.serving import serve as serve_app

    settings = settings_from(data=data, profiles=profiles, workers=workers)
    keep_private(settings.data)
    if settings.workers:
        check_machine(settings.device, settings.precision)
    # Brought up to date here, where a refusal is one line.
    open_database(settings.data, settings.database).dispose()
    app = PredictionsFirst(create_app(settings), facade.doors(settings.facades))
    sys.setswitchinterval(THREADS_TAKE_TURNS_S)
    with training_beside(settings):
        serve_app(app, host, port, settings.data, settings, until_stdin_closes=until_stdin_closes)


@contextmanager
def training_beside(settings: "Settings") -> Iterator[None]:
    """`mlaas work` as a child, begun again when it dies, ended by closing its standard input."""
    if not settings.workers:
        yield
        return
    command = [sys.executable, "-m", "services.mlaas", "work", "--until-stdin-closes"]
    command += ["--data", str(settings.data), "--executor", f"process:{settings.workers}"]
    command += ["--profiles", str(settings.profiles)] if settings.profiles else []
    stop = threading.Event()
    supervisor = threading.Thread(target=keep_running, args=(command, stop))
    supervisor.start()
    try:
        yield
    finally:
        stop.set()
        supervisor.join()


def keep_running(command: list[str], stop: threading.Event) -> None:
    pause_s = SHORTEST_PAUSE_S
    while not stop.is_set():
        began = monotonic()
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
            while child.poll() is None and not stop.wait(0.1):
                pass
            assert child.stdin is not None
            child.stdin.close()
            try:
                child.wait(STOPPING_S)
            except subprocess.TimeoutExpired:
                child.kill()
        if monotonic() - began > LONGEST_PAUSE_S:  # it worked: whatever killed it is over
            pause_s = SHORTEST_PAUSE_S
        stop.wait(pause_s)
        pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)


def work(
    data: DataOption = None,
    profiles: ProfilesOption = None,
    executor: Annotated[
        str | None,
        typer.Option(
            help="`process:N`, `inline` or `dask://HOST:8786`; by default a process for every core."
        ),
    ] = None,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
) -> None:
    """Train queued models. Any number of these may work on one database."""
    from services.mlaas.app import profiles_on_offer
    from services.mlaas.database import open_database
    from services.mlaas.device import check_machine
    from services.mlaas.worker import Worker
    from services.web import logs
    from services.web.command import keep_private

    settings = settings_from(data=data, profiles=profiles)
    keep_private(settings.data)
    spec = executor or f"process:{max(1, settings.workers)}"
    if not spec.startswith("dask:"):  # else it is the cluster's that counts
        check_machine(settings.device, settings.precision)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        threading.Thread(target=set_after_stdin, args=(stop,), daemon=True).start()
    database = open_database(settings.data, settings.database)
    logs.begin()
    Worker(settings, database, profiles_on_offer(settings), spec).work(stop)
    for process in multiprocessing.active_children():
        process.kill()  # what it trains is in the queue again


def set_after_stdin(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def openapi(
    out: Annotated[Path | None, typer.Option(help="File to write; standard output without it.")] = None,
) -> None:
    """Write the OpenAPI document of this version."""
    from services.mlaas.app import create_app
    from services.web.openapi import as_text

    text = as_text(create_app(settings_from()))
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
