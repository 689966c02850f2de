"""Where a service is."""

from urllib.parse import urlsplit

from attacker.errors import ConfigurationError


def checked_url(url: str) -> str:
    """`url` without a trailing slash; raises ConfigurationError unless it is http or https with a host.

    What stands before an @ is a secret: it would be kept in the run, and is not repeated in the message.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        usable = False
    if "@" in url:
        raise ConfigurationError(
            "A URL has no name or password in it here; a key is given in ATTACKER_API_KEY."
        )
    if not usable:
        raise ConfigurationError(f"{url!r} is no URL; it should look like http://127.0.0.1:8000/v1/...")
    return url.rstrip("/")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL that was checked."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
