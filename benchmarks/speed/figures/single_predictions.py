"""Single records as JSON, each in the ledger before it is answered, against the servers of others.

All serve the same model with one worker process, and nobody is tied to a core. The peers log no query.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Figure
from benchmarks.speed.peer_programs import BIN, free_port, own_python, python, serving
from benchmarks.speed.provider import JSON, json_body, layers, provider
from benchmarks.speed.wrk import Request, load

CONNECTIONS, SECONDS, PER_S = 16, 4, "requests/s"
WHAT = f"predictions, JSON, single records of 600 features, {CONNECTIONS} connections, durable ledger"
OBVIOUS = ("threaded", "on-the-loop")  # `def` and `async def`
TIMES_THE_OBVIOUS = 2.0


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    with ExitStack() as stack:
        asked = stack.enter_context(provider(folder / "provider"))
        np.savez(folder / "model.npz", **layers(asked.network()))  # type: ignore[arg-type]
        questions = stack.enter_context(peers(folder))
        found = alternating(
            rounds,
            {"ours": lambda: asked.answered(asked.json(), CONNECTIONS, SECONDS).requests_per_s}
            | {name: partial(requests_per_s, folder, question) for name, question in questions.items()},
        )
    obvious = max(OBVIOUS, key=lambda name: median(found[name]))
    kind = "`def`" if obvious == OBVIOUS[0] else "`async def`"
    bars = {f"the obvious FastAPI endpoint, {kind}, no log": (obvious, TIMES_THE_OBVIOUS)}
    bars |= {f"{name}, no log": (name, 1.0) for name in questions if name not in OBVIOUS}
    return [
        Figure(f"single records, {name}", WHAT, against, PER_S, "more", found["ours"], found[name], bar)
        for against, (name, bar) in bars.items()
    ]


def requests_per_s(folder: Path, question: Request) -> float:
    return load(folder, question, CONNECTIONS, SECONDS).requests_per_s


@contextmanager
def peers(folder: Path) -> Iterator[Mapping[str, Request]]:
    """What to ask each peer, once it serves `model.npz` of the folder."""
    model, bentoml = str(folder / "model.npz"), str(BIN / "bentoml")
    commands: dict[tuple[str, ...], Callable[[str], list[str]]] = {
        OBVIOUS: lambda port: [*own_python("obvious.py"), model, port],
        ("LitServe",): lambda port: [*python("with_litserve.py"), model, port],
        ("BentoML",): lambda port: [bentoml, "serve", "with_bentoml:Predictions", "--port", port],
    }
    with ExitStack() as stack:
        questions: dict[str, Request] = {}
        for names, command in commands.items():
            port = str(free_port())
            asked = {name: question(port, name if names == OBVIOUS else "predict") for name in names}
            log, environment = folder / f"{names[0]}.log", {"MODEL": model}
            stack.enter_context(serving(command(port), asked[names[0]], log, environment))
            questions |= asked
        yield questions


def question(port: str, route: str) -> Request:
    return Request(f"http://127.0.0.1:{port}/{route}", json_body(), {"Content-Type": JSON})
