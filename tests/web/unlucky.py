"""A server whose every route fails with what it was sent, in a way of its own: `python unlucky.py FOLDER`."""

import asyncio
import logging
import sys
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import text

from services.connection_limits import ConnectionLimits
from services.database import Database
from services.web.application import new_app
from services.web.serving import serve

FOLDER = Path(sys.argv[1])
DATABASE = Database.in_folder(FOLDER, "unlucky")
router = APIRouter()


@router.post("/raises")
async def raises(request: Request) -> None:
    try:
        int(await request.body())
    except ValueError as error:
        raise RuntimeError(f"{error} {request.headers} {request.url}") from error


@router.post("/database")
async def database(request: Request) -> None:
    said = {"key": request.headers["authorization"], "body": await request.body()}
    with DATABASE.write() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS one (key TEXT UNIQUE, body BLOB)"))
        for _ in range(2):
            session.execute(text("INSERT INTO one VALUES (:key, :body)"), said)


@router.post("/away")
async def away(request: Request) -> None:
    said = {"key": request.headers["authorization"], "body": await request.body()}
    with DATABASE.write() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:key, :body)"), said)


@router.post("/library")
async def library(request: Request) -> str:
    body = (await request.body()).decode()
    logging.getLogger("somebody.elses").error("It failed for\n%s", body)
    warnings.warn(f"odd: {body}", stacklevel=1)
    return "done"


@router.post("/thread")
async def thread(request: Request) -> str:
    body = await request.body()
    one = threading.Thread(target=int, args=(body,))
    one.start()
    one.join()
    return "done"


@router.post("/task")
async def task(request: Request) -> str:
    body = await request.body()

    async def fail() -> None:
        raise ValueError(body)

    forgotten = asyncio.create_task(fail())
    await asyncio.sleep(0)
    del forgotten
    return "done"


@router.post("/told")
async def told(request: Request) -> str:
    logging.getLogger("services.somewhere").warning("They say: %s", request.headers["authorization"])
    return "done"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


if __name__ == "__main__":
    app = new_app("Unlucky", "Fails.", lifespan, [router])
    serve(app, "127.0.0.1", 0, FOLDER, ConnectionLimits(), until_stdin_closes=True)
