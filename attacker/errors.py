"""Everything that can go wrong for the attacker, in one tree; the exit code tells a shell which.

AttackerError                    1
├── ConfigurationError           2   a value the user gave cannot be meant
│   ├── UnknownPluginError       2   no attack, classifier, ... of that name
│   └── RunDiffers               2   the run folder was begun with other arguments
├── CannotAttack                 3   what was answered does not suffice for this attack
│   ├── ShadowsFailed            3   the provider trained none of the shadow models
│   └── TooFewRecords            3   a synthesis gave fewer records than shadow models need
├── ServiceError                 4   a service did not do what was asked
│   ├── ServiceUnreachable       4   no answer, after all attempts
│   ├── UnexpectedAnswer         4   an answer that breaks the wire
│   └── ServiceRefused           4   a problem document; a child for each slug told apart
│       ├── NotFound                 not-found
│       ├── GameNotOpen              game-not-open
│       ├── GameNotClosed            game-not-closed
│       ├── DatasetUnavailable       dataset-unavailable
│       ├── OtherRecipe              other-recipe
│       ├── RateLimited              rate-limited
│       └── QuotaExceeded        5   quota-exceeded
├── BudgetExhausted              5   the run may not ask for more records
├── LedgerMismatch               6   the attacker's count and the provider's differ
├── LeaksTooMuch                 7   a metric is above the limit that the user set
└── RunInUse                     1   another process works in the run folder
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from attacker.legible import legible


class AttackerError(Exception):
    """An error to show as one line; anything else is a bug and keeps its traceback."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(AttackerError):
    """A value given by the user cannot be meant; the message says what can."""

    exit_code = 2


class UnknownPluginError(ConfigurationError):
    """No plug-in of this kind has this name."""

    def __init__(self, kind: str, name: str, known: Sequence[str], close: Sequence[str] = ()) -> None:
        remedy = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(known)}."
        super().__init__(f"There is no {kind} named {name!r}; {remedy}")
        self.kind, self.name, self.close = kind, name, tuple(close)


class RunDiffers(ConfigurationError):
    """The run folder belongs to a run with other arguments."""


class CannotAttack(AttackerError):
    """The answers at hand do not suffice for this attack; the message says what is missing."""

    exit_code = 3


class ShadowsFailed(CannotAttack):
    """The provider trained none of the shadow models."""


class TooFewRecords(CannotAttack):
    """A synthesis gave fewer distinct records than shadow models need."""


class ServiceError(AttackerError):
    """A service did not do what was asked of it."""

    exit_code = 4


class ServiceUnreachable(ServiceError):
    """No answer came, after all attempts."""


class UnexpectedAnswer(ServiceError):
    """A service answered something that the wire does not allow."""


class ServiceRefused(ServiceError):
    """A problem document; `slug` is the last part of its type."""

    slug: ClassVar[str] = ""

    def __init__(self, message: str, status: int, slug: str) -> None:
        super().__init__(message)
        self.status, self.problem = status, slug

    @classmethod
    def of(cls, url: str, status: int, document: Mapping[str, Any]) -> Self:
        """The child for the document's slug, or ServiceRefused itself for one not told apart."""
        slug = str(document.get("type", "")).rpartition("/")[2]
        detail = reason_in(document)[:500]
        kind = next((child for child in cls.__subclasses__() if child.slug == slug), cls)
        return kind(legible(f"{url} answered {status} {slug[:100]}: {detail}"), status, slug)


def reason_in(document: Mapping[str, Any]) -> str:
    """What a refusal says of itself: `detail` of a problem document, or as servers of others have it."""
    for name in ("detail", "title", "error", "message", "error_message"):
        told = document.get(name)
        if isinstance(told, Mapping):
            return reason_in(told)
        if told:
            return str(told)
    return "no reason given"


class NotFound(ServiceRefused):
    slug = "not-found"


class GameNotOpen(ServiceRefused):
    slug = "game-not-open"


class GameNotClosed(ServiceRefused):
    slug = "game-not-closed"


class DatasetUnavailable(ServiceRefused):
    slug = "dataset-unavailable"


class OtherRecipe(ServiceRefused):
    slug = "other-recipe"


class RateLimited(ServiceRefused):
    slug = "rate-limited"


class QuotaExceeded(ServiceRefused):
    slug = "quota-exceeded"
    exit_code = 5  # as for a budget: the run has asked all that it may


class BudgetExhausted(AttackerError):
    """The next request would exceed the run's budget of records."""

    exit_code = 5


class LedgerMismatch(AttackerError):
    """The attacker's ledger and the provider's usage differ."""

    exit_code = 6


class LeaksTooMuch(AttackerError):
    """A metric is above the limit that the user set; the run itself ended well."""

    exit_code = 7


class RunInUse(AttackerError):
    """Another process works in the run folder."""
