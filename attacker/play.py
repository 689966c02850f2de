"""A game of a challenger, played from Python or by the command."""

from dataclasses import KW_ONLY, dataclass

from attacker import defaults, experiment
from attacker.client.url import checked_url
from attacker.found import Found
from attacker.game import Game
from attacker.options import Folder, Options
from attacker.report import result


@dataclass(frozen=True, eq=False)
class Play(Options):
    """A membership inference game: train shadow models, ask, fit, submit.

    `url` is the game's, as `challenger create` prints it. What else there is means what
    `attacker play --help` says of the option of that name.
    """

    url: str
    _: KW_ONLY
    out: Folder = defaults.PLAY

    def run(self, wait_s: float = 0.0) -> Found:
        """Play up to the submission, and wait so many seconds for the owner to close the game.

        Evaluated once it is closed: until then, `run` again looks for that and asks nothing else. Raises
        AttackerError.
        """
        aim = {"game_url": checked_url(self.url)}
        with self.running(self.method(), aim) as run:
            game = Game(run.http, self.url)
            experiment.play(run, game)
            if result.read(self.folder) is None:
                experiment.conclude(run, game, wait_s)
        return Found.at(self.folder)
