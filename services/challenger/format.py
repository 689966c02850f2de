"""A data set's format as the provider and the attackers are told it: its description, not its records."""

from typing import Any

from services.challenger.dataset import Dataset, Feature, class_names

Document = dict[str, Any]


def format_of(dataset: Dataset) -> Document:
    """`classes`, `features` and, of images, the `shape`."""
    told: Document = {
        "classes": list(class_names(dataset.classes)),
        "features": [document(feature) for feature in dataset.format()],
    }
    return told | ({"shape": list(dataset.shape)} if dataset.shape else {})


def document(feature: Feature) -> Document:
    told: Document = {
        "name": feature.name,
        "kind": feature.kind,
        "min": feature.minimum,
        "max": feature.maximum,
    }
    return told | ({"values": list(feature.values)} if feature.values is not None else {})
