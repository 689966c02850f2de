"""The ROC curve of membership scores. Equal scores are judged alike: ties stay whole."""

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Roc:
    """How many members (U,) and non-members (U,) have each of the U different scores, highest score first."""

    members: Counts
    non_members: Counts

    @property
    def true_positives(self) -> Counts:
        """(U + 1,): members among the 0, 1, ... U highest scores."""
        return np.cumsum(np.append(0, self.members))

    @property
    def false_positives(self) -> Counts:
        """(U + 1,): non-members among the 0, 1, ... U highest scores."""
        return np.cumsum(np.append(0, self.non_members))

    def auc(self) -> float:
        """P(a member's score is above a non-member's), a tie counted one half (Mann & Whitney 1947)."""
        wins = (self.members * (self.non_members.sum() - self.false_positives[1:])).sum()
        ties = (self.members * self.non_members).sum()
        return float((wins + ties / 2) / (self.members.sum() * self.non_members.sum()))

    def hits_at(self, fpr: float) -> int:
        """How many members may be found with an empirical FPR of at most `fpr`."""
        allowed = allowed_alarms(fpr, int(self.non_members.sum()))
        return int(self.true_positives[np.count_nonzero(self.false_positives <= allowed) - 1])

    def points(self, limit: int = 200) -> list[tuple[float, float]]:
        """(FPR, TPR) from (0, 0) to (1, 1), at most `limit`: dense at low FPR, even in TPR elsewhere."""
        fpr = self.false_positives / self.non_members.sum()
        tpr = self.true_positives / self.members.sum()
        chosen = np.arange(len(fpr)) if len(fpr) <= limit else self._spread(fpr, tpr, limit)
        return list(zip(fpr[chosen].tolist(), tpr[chosen].tolist(), strict=True))

    def _spread(self, fpr: Floats, tpr: Floats, limit: int) -> Counts:
        """Indices of points next to log-spaced FPRs and evenly spaced TPRs, with both ends."""
        half = limit // 2 - 1
        by_fpr = np.searchsorted(fpr, np.geomspace(1 / self.non_members.sum(), 1, half), side="right") - 1
        by_tpr = np.searchsorted(tpr, np.linspace(0, 1, half))
        return np.unique(np.concatenate([[0, len(fpr) - 1], by_fpr, by_tpr]))


def roc(scores: Floats, membership: NDArray[np.bool_]) -> Roc:
    """From scores, higher = more likely a member, and the truth, of one shape: all are one sample."""
    values, place = np.unique(-scores.ravel(), return_inverse=True)
    return Roc(
        np.bincount(place[membership.ravel()], minlength=len(values)),
        np.bincount(place[~membership.ravel()], minlength=len(values)),
    )


def allowed_alarms(fpr: float, non_members: float) -> int:
    """The most false alarms among so many that keep the FPR at or under `fpr`."""
    return floor(fpr * non_members * (1 + 1e-12))  # 0.07 * 100 is 7 alarms, whatever the float


def resolves(fpr: float, non_members: int) -> bool:
    """Whether so many can tell so low an FPR from none: it allows one false alarm at least."""
    return allowed_alarms(fpr, non_members) >= 1


def accepted(scores: Floats, membership: NDArray[np.bool_], fpr: float) -> NDArray[np.bool_]:
    """Whom the lowest threshold with an empirical FPR of at most `fpr` calls members; all of one shape."""
    others = np.sort(scores[~membership])[::-1]
    allowed = allowed_alarms(fpr, len(others))
    return scores > others[allowed] if allowed < len(others) else np.ones_like(membership)
