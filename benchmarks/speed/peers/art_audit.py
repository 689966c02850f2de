"""The same audit by the Adversarial Robustness Toolbox, in this process: shadow models, attack model, scores.

Runs in the peers' environment: python art_audit.py AUDIT.npz --shadows 20 --epochs 200 --threads 1 --seed 1

AUDIT.npz: `members`, `non_members`, `population` (N, D) float32 and `*_labels` (N,) int64. Prints one line of
JSON: seconds, AUC. The clock runs from the first shadow model to the last score; neither the imports nor the
training of the target are on it.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from art.attacks.inference.membership_inference import MembershipInferenceBlackBox, ShadowModels
from art.estimators.classification import PyTorchClassifier
from sklearn.metrics import roc_auc_score

HIDDEN, LEARNING_RATE, BATCH = 128, 1e-3, 100


class Recipe(PyTorchClassifier):  # type: ignore[misc]
    """A classifier that `ShadowModels`, which passes no options on, trains by our recipe."""

    epochs = 200

    def fit(self, x: Any, y: Any, **_: Any) -> None:
        super().fit(x, y, batch_size=BATCH, nb_epochs=self.epochs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("audit", type=Path)
    parser.add_argument("--shadows", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--attack-epochs", type=int, default=100, help="100 is what ART does by itself")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    Recipe.epochs = arguments.epochs
    given = dict(np.load(arguments.audit))
    target = classifier(given["members"].shape[1], int(given["population_labels"].max()) + 1)
    target.fit(given["members"], given["members_labels"])
    began = time.perf_counter()
    attack = MembershipInferenceBlackBox(
        target, attack_model_type="nn", nn_model_epochs=arguments.attack_epochs
    )
    scores, shadow_s = attacked(target, attack, given, arguments.shadows, arguments.seed)
    seconds = time.perf_counter() - began
    truth = np.arange(len(scores)) < len(given["members"])
    found = {"seconds": seconds, "auc": float(roc_auc_score(truth, scores)), "shadow_s": shadow_s}
    print(json.dumps(found))


def attacked(
    target: Recipe, attack: MembershipInferenceBlackBox, given: dict[str, Any], shadows: int, seed: int
) -> tuple[np.ndarray, float]:
    """Membership scores of members and non-members, and the seconds that the shadow models took of it all."""
    began = time.perf_counter()
    learned = (len(given["members"]) + 0.5) / len(given["population"])  # as many as the target
    ins, outs = ShadowModels(target, shadows, random_state=seed).generate_shadow_dataset(
        given["population"], one_hot(given["population_labels"], target.nb_classes), learned
    )
    shadow_s = time.perf_counter() - began
    attack.fit(ins[0], ins[1], outs[0], outs[1], ins[2], outs[2])
    candidates = np.concatenate([given["members"], given["non_members"]])
    labels = np.concatenate([given["members_labels"], given["non_members_labels"]])
    scores = attack.infer(candidates, labels, probabilities=True).ravel()
    return scores, shadow_s


def classifier(features: int, classes: int) -> Recipe:
    """As our profile `neural_network`: one hidden layer of tanh, Adam. Its answers are logits."""
    layers = torch.nn.Sequential(
        torch.nn.Linear(features, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, classes)
    )
    optimizer = torch.optim.Adam(layers.parameters(), lr=LEARNING_RATE)
    return Recipe(layers, torch.nn.CrossEntropyLoss(), (features,), classes, optimizer, device_type="cpu")


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[labels]


if __name__ == "__main__":
    main()
