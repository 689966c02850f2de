"""AdamW over one cycle of its rates (Loshchilov & Hutter 2019; Smith & Topin 2018).

Step for step what torch.optim has, to the bit; that takes two seconds to load its compiler, and is not here.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

RISING = 0.1  # of the steps
START, END = 1 / 25, 1 / 25e4  # of the peak
CALM, QUICK = 0.95, 0.85  # the decay of the mean gradient, at the ends of the cycle and at its peak
SQUARES = 0.999  # the decay of the mean square
EPSILON = 1e-8


def cycle(peak: float, steps: int) -> Iterator[tuple[float, float]]:
    """For each step the learning rate and the decay of the mean gradient."""
    top = RISING * steps - 1
    for step in range(steps):
        if step <= top:
            share, start, end, slow, fast = step / top, peak * START, peak, CALM, QUICK
        else:
            share, start, end, slow, fast = (step - top) / (steps - 1 - top), peak, peak * END, QUICK, CALM
        yield between(start, end, share), between(slow, fast, share)


def between(start: float, end: float, share: float) -> float:
    """Along half a cosine."""
    return end + (start - end) / 2 * (math.cos(math.pi * share) + 1)


class AdamW:
    """Changes the weights in place; `weight_decay` shrinks them apart from their gradients."""

    def __init__(self, weights: list[Tensor], weight_decay: float) -> None:
        self.weights, self.weight_decay, self.steps = weights, weight_decay, 0
        self.means = [torch.zeros_like(weight) for weight in weights]
        self.squares = [torch.zeros_like(weight) for weight in weights]

    @torch.no_grad()
    def step(self, gradients: tuple[Tensor, ...], rate: float, decay: float) -> None:
        self.steps += 1
        size, spread = rate / (1 - decay**self.steps), (1 - SQUARES**self.steps) ** 0.5
        moments = zip(self.weights, gradients, self.means, self.squares, strict=True)
        for weight, gradient, mean, square in moments:
            weight.mul_(1 - rate * self.weight_decay)
            mean.lerp_(gradient, 1 - decay)
            square.mul_(SQUARES).addcmul_(gradient, gradient, value=1 - SQUARES)
            weight.addcdiv_(mean, square.sqrt().div_(spread).add_(EPSILON), value=-size)
