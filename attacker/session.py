"""A command at work on a run folder: its line to the services, its account there, what it may spend."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from attacker import ledger
from attacker.budget import Budget, Purse
from attacker.client.documents import Count, GameDocument, Limits, Price
from attacker.client.http import Http
from attacker.client.provider import Provider
from attacker.client.url import origin
from attacker.errors import ConfigurationError
from attacker.ledger import Phase
from attacker.oracle import Oracle
from attacker.report.screen import Screen
from attacker.store import Store


@dataclass(frozen=True, kw_only=True)
class Session:
    """What every command works with. `api_key` is of an account that the user has; else it signs up.

    `target_key` is for a model that is deployed elsewhere, and for nobody else. `key_for` and
    `target_key_for` are the URLs of those that the keys are for, where the user says so.
    """

    store: Store
    http: Http
    screen: Screen
    budget: Budget
    api_key: str | None = None
    target_key: str | None = None
    key_for: str | None = None
    target_key_for: str | None = None

    def token(self) -> str:
        """The run's own name at the services: in its models' ids and its idempotency keys."""
        return str(self.store.once("token", lambda: secrets.token_hex(6)))

    def sign_up(self, url: str) -> Provider:
        """The provider under the run's account: the user's, or a new one, as any customer gets it."""
        self.screen.stage("signing up at the provider")
        if self.store.fact("account_at") != url and not self.store.costs():
            self.store.forget("api_key", "usage_before")  # of another provider, if of any
        provider = Provider(self.http, url, self.store.fact("api_key") or self.api_key)
        if provider.key is None:
            provider = Provider(self.http, url, provider.sign_up())
        if self.store.fact("api_key") is None:
            usage = {model: asdict(count) for model, count in provider.usage().items()}
            self.store.keep("usage_before", usage)
            self.store.keep("account_at", url)
            self.store.keep("api_key", provider.key)
        return provider

    def refuse_strangers(self, game: GameDocument, game_url: str) -> None:
        """A challenger names its provider and target, and no key is for whom it alone names.

        Raises ConfigurationError.
        """
        if self.api_key and not known(game.provider_url, self.key_for, game_url):
            raise ConfigurationError(
                f"The game's provider is at {game.provider_url}, where your API key would go; if it is for "
                f"that, say so by ATTACKER_PROVIDER={game.provider_url}, else play without the key."
            )
        target = game.deployed.url if game.deployed else game_url
        if self.target_key and not known(target, self.target_key_for, game_url):
            raise ConfigurationError(
                f"The game's target is at {target}, where your key for it would go; if it is for that, say "
                f"so by ATTACKER_TARGET={target}, else play without the key."
            )

    def limits(self, provider: Provider) -> Limits:
        return Limits(**self.store.once("limits", lambda: asdict(provider.limits())))

    def price(self, provider: Provider, profile: str, *, of: str = "") -> Price:
        """What the profile costs; `of` tells apart what the run has to do with several."""
        return Price(**self.store.once(f"{of}price", lambda: asdict(provider.price(profile))))

    def purse(self, planned: Mapping[Phase, int]) -> Purse:
        """What may still be spent; `planned` are the records that are known to be asked, by phase."""
        spent = {phase: cost.records for phase, cost in self.store.costs().items()}
        return Purse(self.budget, spent, planned)

    def oracle(self, per_1000_records: float, planned: Mapping[Phase, int]) -> Oracle:
        return Oracle(self.store, self.token(), per_1000_records, self.purse(planned), self.screen)

    def check_ledger(self, provider: Provider, elsewhere: Collection[str] = ()) -> None:
        """Our count of every query and the provider's must be the same; raises LedgerMismatch.

        Models that are `elsewhere` are not the provider's to count.
        """
        ours = {model: count for model, count in self.store.counts().items() if model not in elsewhere}
        before = {model: Count(**count) for model, count in self.store.fact("usage_before").items()}
        ledger.agree(ours, before, provider.usage())


def known(url: str, key_for: str | None, game_url: str) -> bool:
    """Whether a key may go there: to whom its user names, else to the game's own host."""
    return origin(key_for) == origin(url) if key_for else origin(game_url)[:2] == origin(url)[:2]
