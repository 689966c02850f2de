"""Hospital stays in Texas with the hundred most frequent procedures, as prepared by Shokri et al. (2017)."""

from pathlib import Path

from services.challenger.dataset import Feature, Records, class_names
from services.challenger.published.archive import read_members
from services.challenger.published.bits import bits, labels_from_one
from services.challenger.published.download import Published
from services.challenger.published.fetched import Fetched


class Texas100(Fetched):
    summary = "hospital stays: causes, diagnoses, patients; the 100 most frequent procedures (Texas, real)"
    source = "https://github.com/privacytrustlab/datasets, from the Texas Department of State Health Services"
    terms = "no licence stated by its publishers"
    records, features, classes = 67_330, 6_169, 100
    files = (
        Published(
            "https://github.com/privacytrustlab/datasets/raw/master/dataset_texas.tgz",
            most_bytes=2**29,
            digest="git:966f7ff40b24cf5912ff84759aab9adb8c25f30e",
        ),
    )

    def parse(self, files: tuple[Path, ...]) -> Records:
        readers = {
            "texas/100/feats": lambda lines: bits(lines, self.features),
            "texas/100/labels": lambda lines: labels_from_one(lines, self.classes),
        }
        features, labels = read_members(files[0], readers)
        return Records(features, labels, class_names(self.classes))

    def format(self) -> tuple[Feature, ...]:
        return tuple(Feature(f"attribute_{index}", "binary", 0, 1) for index in range(self.features))
