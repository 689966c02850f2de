"""A game of a challenger, played as `attacker play` does."""

from dataclasses import dataclass

from attacker import experiment
from attacker.attempt import Attempt
from attacker.client.url import checked_url
from attacker.errors import CannotAttack
from attacker.found import Found
from attacker.game import Game
from attacker.report import result


@dataclass(frozen=True, eq=False)
class Play(Attempt):
    """What `attacker play` is told, by the same names; `game_url` as `challenger create` prints it."""

    game_url: str

    def submit(self) -> None:
        """Train shadow models, ask, fit, and hand in the scores; nothing is asked or handed in twice.

        Raises AttackerError.
        """
        with self.opened(self.method, self.aim) as run:
            experiment.play(run, Game(run.http, self.game_url))

    def run(self, wait_s: float = 0.0) -> Found:
        """The same, and what came out, once the owner has closed the game.

        Raises CannotAttack when that takes longer than `wait_s`; the same again goes on.
        """
        if (found := self.run_until(wait_s)) is None:
            raise CannotAttack(
                f"The scores are handed in, and {self.game_url} is still open; run the same again when its "
                "owner has closed it."
            )
        return found

    def run_until(self, wait_s: float) -> Found | None:
        """None where the game is still open by then."""
        with self.opened(self.method, self.aim) as run:
            game = Game(run.http, self.game_url)
            experiment.play(run, game)
            if result.read(self.folder) is None and experiment.conclude(run, game, wait_s) is None:
                return None
        return Found.at(self.folder)

    @property
    def aim(self) -> dict[str, str]:
        """What must not change while the run goes on."""
        return {"game_url": checked_url(self.game_url)}
