"""Models trained through the black box under attack, as the paper does with Google."""

import numpy as np

from attacker.errors import CannotAttack
from attacker.per_group import Floats, Kinds, Model, PerGroup


class Provider(PerGroup):
    """What the service makes of them by the target's own profile (Shokri et al. 2017, sec. V-D and VII)."""

    asks_service = True

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        if self.service is None:
            raise CannotAttack(
                "The classifier provider is trained by the service under attack, and there is none here: fit "
                "it in a run, with shokri."
            )
        probability = self.service.learn(records.astype(np.float32), kinds.astype(np.bool_))
        return lambda asked: probability(asked.astype(np.float32))
