"""The challenger's settings, from `CHALLENGER_...` variables and the command line, made once at the edge."""

import os
import secrets
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_settings import SettingsConfigDict

from services.connection_limits import ConnectionLimits
from services.mistake import Mistake

SECRET_BYTES = 32
Url = Annotated[
    str, StringConstraints(pattern=r"^https?://[^/]+"), AfterValidator(lambda url: url.rstrip("/"))
]


def user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penumbra" / "datasets"


class Settings(ConnectionLimits):
    model_config = SettingsConfigDict(
        env_prefix="CHALLENGER_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    data: Path = Path("challenger-data")  # database, games, secret
    datasets: Path = Field(default_factory=user_cache)  # fetched and generated records
    provider: Url = "http://127.0.0.1:8000"  # where the challenger reaches the provider
    public_provider: Url | None = None  # where attackers reach it, when that is another address
    secret: SecretStr | None = None  # at least 32 characters; else made once and kept in the data folder
    most_members: int = Field(default=100_000, ge=1)
    most_targets: int = Field(default=64, ge=1)
    most_submissions: int = Field(default=100, ge=1)  # per game
    most_attacks: int = Field(default=100, ge=1)  # per submission
    submission_bytes: int = Field(default=64 * 2**20, ge=1)
    upload_bytes: int = Field(default=256 * 2**20, ge=1)  # of a table for a game of an owner's own records
    uploads_bytes: int = Field(default=2**30, ge=1)  # of all that have become no game yet
    listed: bool = True  # games, on the page at `/`; else each is known to whom its address was given
    patience_s: float = Field(default=120.0, ge=0)  # so long may the provider be away

    def limits(self) -> dict[str, int]:
        """What an owner or an attacker must know to stay within."""
        names = ("most_members", "most_targets", "most_submissions", "most_attacks")
        return {name: getattr(self, name) for name in (*names, "submission_bytes", "upload_bytes")}


class WeakSecret(Mistake):
    """The secret given is too short to keep the splits secret."""


def secret_of(settings: Settings) -> bytes:
    """The key of every split: the one given, else the data folder's own, made on first use with mode 0600."""
    if settings.secret is not None:
        given = settings.secret.get_secret_value().encode()
        if len(given) < SECRET_BYTES:
            raise WeakSecret(f"CHALLENGER_SECRET must have at least {SECRET_BYTES} characters.")
        return given
    file = settings.data / "secret"
    if not file.exists():
        keep_secret(file)
    return file.read_bytes()


def keep_secret(file: Path) -> None:
    """Written whole before it gets its name: a half-written secret would be used for ever."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".secret-{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(secrets.token_bytes(SECRET_BYTES))
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(partial, file)  # fails when another process was first: then its secret is the one
    except FileExistsError:
        pass
    finally:
        partial.unlink()
