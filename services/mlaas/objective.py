"""What a network is trained towards: the targets, and how defences change them.

The gradient of the mean cross-entropy on a batch's scores is (probabilities - targets) / B for any targets
that sum to 1. So every defence of this kind is a change of the targets, written once for all networks.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SMALLEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Objective:
    """Label smoothing (Szegedy et al. 2016), mixup (Zhang et al. 2018), RelaxLoss (Chen et al. 2022)."""

    label_smoothing: float = 0.0
    mixup: float = 0.0
    relaxloss: float = 0.0

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        """One-hot (N, K) float32, smoothed, where `labels` (N,) are."""
        targets = torch.eye(classes, device=labels.device)[labels]
        return torch.lerp(targets, torch.full_like(targets, 1 / classes), self.label_smoothing)

    def mixed(self, features: Tensor, targets: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Each record of a batch with another's share added, and so its target; one share for the batch."""
        if not self.mixup:
            return features, targets
        share = rng.beta(self.mixup, self.mixup)
        others = torch.from_numpy(rng.permutation(len(features))).to(features.device)
        return torch.lerp(features[others], features, share), torch.lerp(targets[others], targets, share)

    def aim(self, probabilities: Tensor, targets: Tensor, epoch: int) -> Tensor:
        """The targets (..., B, K) of one step, from what the network gives now: RelaxLoss, Algorithm 1.

        Where the mean loss of the batch is below alpha, even epochs climb, and odd ones flatten: the true
        class keeps its probability, and the others share the rest evenly.
        """
        if not self.relaxloss:
            return targets
        true = (probabilities * targets).sum(dim=-1, keepdim=True)
        loss = -true.clamp_min(SMALLEST).log().mean(dim=-2, keepdim=True)
        if epoch % 2 == 0:
            relaxed = 2 * probabilities - targets  # less the probabilities: the gradient, turned round
        else:
            relaxed = torch.where(targets > 0, true, (1 - true) / max(1, targets.shape[-1] - 1))
        return torch.where(loss < self.relaxloss, relaxed, targets)
