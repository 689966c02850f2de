"""Gets games ready, one after the other: split, upload, training, sharing.

Every step can be done again: the split is on disk or drawn as before, the provider knows the datasets by
content and the models by our ids. A game that a crash interrupted is prepared again at the next start.
A twin has its base's split, and its targets are its base's, served otherwise, where the provider can do that.
"""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from services.challenger.canaries import plant
from services.challenger.dataset import load
from services.challenger.files import GameFiles, remove_partial
from services.challenger.files import load as load_table
from services.challenger.format import Document
from services.challenger.games import own_tables, repository
from services.challenger.games.description import description_of
from services.challenger.games.tables import Game, Target
from services.challenger.knowledge import grant
from services.challenger.provider import Provider, Stopped
from services.challenger.settings import Settings
from services.challenger.split import divide, split
from services.challenger.uploads.folder import Uploads
from services.database import Database
from services.mistake import DatabaseFault, of_the_machine
from services.web.problem import Problem

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 5.0


class Preparation:
    """One thread; `wake` tells it that there is a game to prepare."""

    def __init__(self, settings: Settings, database: Database, secret: bytes, uploads: Uploads) -> None:
        self.settings, self.database, self.secret, self.uploads = settings, database, secret, uploads
        self.waking, self.stopping = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, name="preparation", daemon=True)

    def start(self) -> None:
        remove_partial(self.settings.data / "games")
        self.wake()
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.wake()
        self.thread.join(timeout=5)

    def wake(self) -> None:
        self.waking.set()

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()

    def run(self) -> None:
        while not self.stopping.is_set():
            self.waking.wait()
            self.waking.clear()
            try:
                self.attend_all()
            except (DatabaseFault, SQLAlchemyError, OSError):
                log.exception("no room, or no database; games are looked at again in %g s", LOOK_AGAIN_S)
                self.stopping.wait(LOOK_AGAIN_S)
                self.wake()

    def attend_all(self) -> None:
        for game in self.waiting():
            if self.stopping.is_set():
                return
            self.attend(game)

    def waiting(self) -> list[Game]:
        with self.database.read() as session:
            return list(repository.preparing(session))

    def attend(self, game: Game) -> None:
        try:
            self.prepare(game)
        except Stopped:
            return
        except Problem as problem:
            log.warning("game %s failed: %s", game.id, problem.detail)
            self.end(game, "failed", problem.detail)
        except Exception as error:
            if of_the_machine(error):
                raise
            log.exception("game %s failed", game.id)
            self.end(game, "failed", "This is our fault; the challenger's log says more.")
        else:
            log.info("game %s is open", game.id)
            self.end(game, "open")

    def end(self, game: Game, state: str, error: str | None = None) -> None:
        with self.database.write() as session:
            if (found := repository.by_id(session, game.id)) is not None:
                found.state, found.error = state, error

    def prepare(self, game: Game) -> None:
        files = self.files(game.id)
        if not files.exist():
            self.fill(game, files)
        if game.deployed is not None:
            return
        provider = Provider(
            self.settings.provider, game.provider_key, self.settings.patience_s, self.stopping.wait
        )
        for target in game.models:
            trained = target.served_from
            if trained is None or not provider.serve(target.model_id, trained, game.profile):
                self.train(game, target, provider)
        for target in game.models:
            provider.wait(target.model_id)
        for target in game.models:
            provider.share(target.model_id)

    def train(self, game: Game, target: Target, provider: Provider) -> None:
        described, records = description_of(game), self.files(game.id).training(target.index)
        dataset_id = provider.upload(f"{game.id}-t{target.index}", load_table(records))
        provider.declare(dataset_id, described)
        provider.train(target.model_id, dataset_id, game.profile, game.options)

    def files(self, game_id: str) -> GameFiles:
        return GameFiles(self.settings.data / "games" / game_id)

    def fill(self, game: Game, files: GameFiles) -> None:
        """A twin has its base's; should that be deleted, the same is drawn again."""
        if game.twin_of is not None and self.files(game.twin_of).exist():
            files.share(self.files(game.twin_of))
        elif game.own is not None:
            self.divide(game, game.own, files)
        else:
            self.draw(game, files)

    def divide(self, game: Game, own: Document, files: GameFiles) -> None:
        """The owner's own records; they are kept as the game's alone."""
        drawn, tables = repository.draw_of(game), own_tables.tables_of(self.uploads, own)
        records = tables.records
        divided = divide(drawn, tables.brought, records.features, drawn.generator(self.secret))
        population, known = records.take(divided.population), records.take(divided.known)
        random = drawn.generator(self.secret, knowledge=game.knowledge)
        granted = grant(game.knowledge, population, known, description_of(game), random)
        answers = None if tables.answers is None else tables.answers[divided.examined(0)]
        files.write(records, divided, granted, answers)
        self.uploads.remove(own_tables.uploads_of(own))

    def draw(self, game: Game, files: GameFiles) -> None:
        records, drawn = load(game.dataset, self.settings.datasets), repository.draw_of(game)
        divided = split(drawn, records.features, drawn.generator(self.secret))
        wrongly_labelled = divided.candidates[divided.canaries]
        records = plant(records, wrongly_labelled, drawn.generator(self.secret, purpose="canaries"))
        rows = divided.population
        if game.overlap:
            rows = divided.mixed(drawn.generator(self.secret, purpose="overlap"))
        population, known = records.take(rows), records.take(divided.known)
        random = drawn.generator(self.secret, knowledge=game.knowledge)
        granted = grant(game.knowledge, population, known, description_of(game), random)
        files.write(records, divided, granted)
