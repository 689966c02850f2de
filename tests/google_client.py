"""Google's own client, pointed at a provider of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httplib2
from googleapiclient.discovery import build
from live import eventually

PROJECT = "a-project"


@contextmanager
def google(url: str, key: str) -> Iterator[Any]:
    """The methods of `trainedmodels`, made from the server's own discovery document."""
    http = httplib2.Http()
    try:
        service = build(
            "prediction",
            "v1.6",
            discoveryServiceUrl=f"{url}/discovery/v1/apis/{{api}}/{{apiVersion}}/rest",
            developerKey=key,
            http=http,
            static_discovery=False,
            cache_discovery=False,
        )
        yield service.trainedmodels()
    finally:
        http.close()


def done(models: Any, name: str) -> dict[str, Any]:
    """As Google's clients waited: by asking again."""

    def ended() -> dict[str, Any]:
        told: dict[str, Any] = models.get(project=PROJECT, id=name).execute()
        return told if told["trainingStatus"] != "RUNNING" else {}

    return eventually(ended)
