"""Dropout (Srivastava et al. 2014) whose masks come from a generator that is passed in."""

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """In training, drops a `share` of the outputs and scales up the others; drawn on the CPU."""

    def __init__(self, share: float, generator: torch.Generator) -> None:
        super().__init__()
        self.share = share
        self.generator = generator

    def mask(self, outputs: Tensor) -> Tensor:
        """What to multiply `outputs` by: 0 or 1 / (1 - share)."""
        kept = torch.empty(outputs.shape).bernoulli_(1 - self.share, generator=self.generator)
        return kept.div_(1 - self.share).to(outputs.device)

    def forward(self, outputs: Tensor) -> Tensor:
        return outputs * self.mask(outputs) if self.training else outputs
