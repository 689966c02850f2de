"""Differentially private gradient descent (Abadi et al. 2016, Algorithm 1), by Opacus, a slow import.

The promise is for one record more or less; how many there are, and of which classes, counts as public. It is
void once the seed is known: whoever has it can take the noise away again. And it is one about real numbers:
the last bits of floating-point noise may tell more (Mironov 2012).
"""

import math
import warnings

import torch
from opacus.accountants import RDPAccountant
from opacus.grad_sample import GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPTensorFastGradientClipping
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from services.mlaas.descent import Descent
from services.mlaas.gradient_descent import Steps
from services.mlaas.objective import Objective
from services.mlaas.precision import products_in


def share_and_steps(records: int, descent: Descent) -> tuple[float, int]:
    """The chance of each record to be in a step, for batches of the size wanted on average; and the steps."""
    return min(1.0, descent.batch / records), descent.epochs * math.ceil(records / descent.batch)


@products_in("float32")  # whatever the operator set: the noise is for norms that are clipped as stated
def descend_privately(
    module: nn.Module,
    features: Tensor,
    labels: Tensor,
    classes: int,
    descent: Descent,
    generator: torch.Generator,
) -> None:
    """Train a module from `features` (N, ...) to scores (N, K), with `labels` (N,), where these are.

    Each record is in a step by a chance of its own (Poisson sampling), or the accountant's figure would not
    hold. The norms of the records' gradients are had without the gradients (Li et al. 2022, ghost clipping).
    """
    private = descent.defences.differential_privacy
    assert private is not None
    share, rounds = share_and_steps(len(labels), descent)
    targets = Objective(descent.defences.label_smoothing).targets(labels, classes)
    parameters = list(module.parameters())
    steps = Steps(descent, parameters)
    noise = torch.Generator(features.device)
    noise.manual_seed(int(torch.randint(2**62, (), generator=generator)))
    clipping = GradSampleModuleFastGradientClipping(
        module, max_grad_norm=private.clipping_norm, use_ghost_clipping=True
    )
    noising = DPOptimizerFastGradientClipping(
        torch.optim.SGD(parameters),  # only lends its parameters: the steps are ours
        noise_multiplier=private.noise_multiplier,
        max_grad_norm=private.clipping_norm,
        expected_batch_size=share * len(labels),
        generator=noise,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Full backward hook is firing", UserWarning)  # as it is meant to
        for _ in range(rounds):
            drawn = torch.rand(len(labels), generator=generator) < share
            batch = torch.nonzero(drawn)[:, 0].to(labels.device)
            losses = cross_entropy(clipping(features[batch]), targets[batch], reduction="none")
            DPTensorFastGradientClipping(clipping, noising, losses).backward()
            noising.pre_step()
            with torch.no_grad():
                steps.take([each.grad for each in parameters if each.grad is not None])
            noising.zero_grad()
    clipping.remove_hooks()


def epsilon(descent: Descent, records: int) -> float:
    """What the accountant states for a training on so many records."""
    private = descent.defences.differential_privacy
    assert private is not None
    accountant = RDPAccountant()
    share, rounds = share_and_steps(records, descent)
    accountant.history = [(private.noise_multiplier, share, rounds)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Optimal order is", UserWarning)  # still a bound, if not the least
        return float(accountant.get_epsilon(private.delta))
