"""A forest that memorises, trained as its owner would, in the environment that serves it: `learn.py FOLDER`.

Reads `members.npy` and `asked.npy`, the label in column 0; writes the model and what it answers, in process,
about what will be asked: `answers.npy`.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

folder = Path(sys.argv[1])
members = np.load(folder / "members.npy")
forest = RandomForestClassifier(40, random_state=0).fit(members[:, 1:].astype(np.float64), members[:, 0])
(folder / "models").mkdir()
joblib.dump(forest, folder / "models" / "model.joblib")
asked = np.load(folder / "asked.npy")[:, 1:]
np.save(folder / "answers.npy", forest.predict_proba(asked.astype(np.float64)))
