"""Our AdamW over one cycle against torch's."""

import pytest
import torch

from attacker.one_cycle import AdamW, cycle

STEPS, PEAK = 60, 0.01


@pytest.mark.parametrize("weight_decay", [0.0, 1.0])
def test_every_step_is_torchs_to_the_bit(weight_decay):
    generator = torch.Generator().manual_seed(0)
    ours = [torch.randn(shape, generator=generator) for shape in ((3, 4, 5), (3, 1, 5))]
    theirs = [weight.clone().requires_grad_() for weight in ours]
    optimiser, reference = (
        AdamW(ours, weight_decay),
        torch.optim.AdamW(theirs, lr=PEAK, weight_decay=weight_decay),
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(reference, PEAK, total_steps=STEPS, pct_start=0.1)
    for number, rates in enumerate(cycle(PEAK, STEPS)):
        gradients = tuple(torch.randn(weight.shape, generator=generator) for weight in ours)
        for weight, gradient in zip(theirs, gradients, strict=True):
            weight.grad = gradient.clone()
        optimiser.step(gradients, *rates)
        reference.step()
        if number < STEPS - 1:
            schedule.step()
        assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True)), number
