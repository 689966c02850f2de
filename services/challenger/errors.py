"""The challenger's errors, each a problem document that names the remedy.

Problem
├── InvalidRequest 422
│   ├── UnknownDataset       no data set of that name
│   ├── UnknownProfile       the provider offers no profile of that name
│   ├── OptionNotOffered     the profile has no such option, or not that value
│   ├── NotEnoughRecords     the data set is too small for the game
│   ├── UnknownUpload        no table of that id, or no longer
│   └── KnowledgeNotPossible the data set or the other rules do not fit the knowledge asked for
├── BadData 422
│   ├── WrongShape           scores or decisions are not T x N
│   ├── UnknownPrimary       the attack named in advance is not among those submitted
│   ├── AccessNotGranted     an attack used more than the rules allow
│   └── IdempotencyConflict  a key that came with another body
├── Conflict 409
│   ├── GameNotOpen          candidates, knowledge, submissions, close
│   ├── GameNotClosed        evaluations, membership, scoreboard
│   └── TooManySubmissions
├── DatasetUnavailable 503   not in the cache folder, and its source cannot be reached
├── ProviderUnavailable 503  the provider does not answer
└── ProviderRefused 502      the provider answered with a problem of its own
"""

from services.web.problem import BadData, Conflict, InvalidRequest, Problem


class UnknownDataset(InvalidRequest):
    slug, title = "unknown-dataset", "There is no such data set"


class UnknownProfile(InvalidRequest):
    slug, title = "unknown-profile", "The provider has no such profile"


class OptionNotOffered(InvalidRequest):
    slug, title = "option-not-offered", "The profile does not offer that"


class UnknownUpload(InvalidRequest):
    slug, title = "unknown-upload", "There is no such upload"


class NotEnoughRecords(InvalidRequest):
    slug, title = "not-enough-records", "The data set is too small"


class KnowledgeNotPossible(InvalidRequest):
    slug, title = "knowledge-not-possible", "The game does not allow that knowledge"


class WrongShape(BadData):
    slug, title = "wrong-shape", "An array has the wrong shape"


class UnknownPrimary(BadData):
    slug, title = "unknown-primary", "The primary attack is not among the attacks"


class AccessNotGranted(BadData):
    slug, title = "access-not-granted", "The rules do not grant that access"


class IdempotencyConflict(BadData):
    slug, title = "idempotency-conflict", "The key belongs to another request"


class GameNotOpen(Conflict):
    slug, title = "game-not-open", "The game is not open"


class GameNotClosed(Conflict):
    slug, title = "game-not-closed", "The game is not closed"


class TooManySubmissions(Conflict):
    slug, title = "too-many-submissions", "The game takes no more submissions"


class DatasetUnavailable(Problem):
    status, slug, title = 503, "dataset-unavailable", "The data set is not available here"


class ProviderUnavailable(Problem):
    status, slug, title = 503, "provider-unavailable", "The provider does not answer"


class ProviderRefused(Problem):
    """`theirs` is the slug of the provider's own problem, if it named one."""

    status, slug, title = 502, "provider-refused", "The provider refused"

    def __init__(self, detail: str, theirs: str = "") -> None:
        super().__init__(detail)
        self.theirs = theirs
