"""What does a model that you have deployed tell of the records that it was trained on?

You have its URL and its training set, as docs/audit.md makes them: candidates, half of them records that the
model has learned and half that it never saw; who is which; and other records of the same kind, on which a
provider (`mlaas serve`) trains shadow models. The model is asked, and never touched.
"""

import argparse

import numpy as np

from attacker import Audit, Found

ATTACK = "rmia"  # bears it best that the provider guesses how the model was trained
TRIVIAL = "gap"  # says "member" of every record that the model gets right: to know more is to leak more
SHOWN = 10


def main() -> None:
    asked = arguments()
    audit = Audit(
        asked.url,
        model=asked.model,
        dialect=asked.dialect,
        shadows_at=asked.shadows_at,
        shadow_profile=asked.shadow_profile,
        candidates=asked.candidates,
        population=asked.population,
        truth=asked.truth,
        training_size=int(np.load(asked.truth).sum()),
        shadows=asked.shadows,
        attacks=(ATTACK, TRIVIAL),
        primary=ATTACK,
        out=asked.out,
    )
    found = audit.run()
    print(found)
    show_verdict(found)
    show_most_exposed(found, np.load(asked.truth))


def show_verdict(found: Found) -> None:
    """An interval that lies above chance is a leak; one that holds 0.5 is no proof of safety."""
    auc = found[ATTACK].auc
    assert auc.low is not None
    leaks = "the model leaks" if auc.low > 0.5 else "so many candidates show no leak"
    print(f"AUC {auc}: {leaks}. At a false alarm in a hundred, an attacker finds of the members")
    print(f"{found[ATTACK].tpr_at(0.01)}.")


def show_most_exposed(found: Found, truth: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
    """Averages hide the few: these members are the ones that the attack is surest of."""
    [scores] = found.scores[ATTACK]  # of the one target
    members = np.flatnonzero(truth)
    exposed = members[np.argsort(-scores[members], kind="stable")][:SHOWN]
    print("\nmost exposed, by the row in the candidates' file:")
    for row in exposed:
        print(f"  {row:>6}  {scores[row]:.3f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the server of the model")
    parser.add_argument("--model", default="forest", help="its name there")
    parser.add_argument("--dialect", default="open_inference", help="one of `attacker dialects`")
    parser.add_argument("--shadows-at", default="http://127.0.0.1:8000", help="the provider")
    parser.add_argument("--shadow-profile", help="how it trains shadow models; else it chooses")
    parser.add_argument("--candidates", default="candidates.csv", help="records, the label first")
    parser.add_argument("--population", default="population.csv", help="other records, likewise")
    parser.add_argument("--truth", default="truth.npy", help="who of the candidates is a member")
    parser.add_argument("--shadows", type=int, default=8, help="shadow models")
    parser.add_argument("--out", default="runs/deployed", help="the run folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
