"""Callers at a service's doors: how often they are answered, and what they are that they ought not to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from torture.described.visits import Things

LONGEST_TOLD = 200


@dataclass
class Knocking:
    client: httpx.Client
    callers: set[str] = field(default_factory=set)
    answers: int = 0
    wrong: list[str] = field(default_factory=list)

    def knock(
        self, caller: str, headers: Mapping[str, str], route: str, things: Things, status: int
    ) -> httpx.Response:
        request = things.request(route)
        answer = self.client.request(**{**request, "headers": {**request.get("headers", {}), **headers}})
        self.callers.add(caller)
        self.answers += 1
        if answer.status_code != status:
            told = f"{answer.status_code}, not {status}: {answer.text[:LONGEST_TOLD]}"
            self.wrong.append(f"{route} answers {caller} {told}")
        return answer

    def hidden(
        self, headers: Mapping[str, str], route: str, things: Things, status: int, none: Things
    ) -> None:
        """To somebody else: in the words for things that do not exist, and naming none of those that do."""
        caller = "another account"
        answer = self.knock(caller, headers, route, things, status)
        if status in (400, 404) and words(answer) != words(self.knock(caller, headers, route, none, status)):
            self.wrong.append(f"{route} tells {caller} what exists: {answer.text[:LONGEST_TOLD]}")
        elif answer.is_success and (found := things.named_in(answer.text)):
            self.wrong.append(f"{route} shows {caller} the owner's {', '.join(found)}")


def words(answer: httpx.Response) -> dict[str, Any]:
    if not answer.headers.get("content-type", "").endswith("json"):
        return {"page": answer.text}
    return {name: value for name, value in answer.json().items() if name != "request_id"}
