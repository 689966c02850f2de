"""A format as the provider and the attackers are told it: of a data set its description, not its records."""

from dataclasses import dataclass
from typing import Any, Self

from services.challenger.dataset import Dataset, Feature, class_names

Document = dict[str, Any]


@dataclass(frozen=True)
class Description:
    """What records may look like: names of the K classes, the D features, of images the shape."""

    classes: tuple[str, ...]
    features: tuple[Feature, ...]
    shape: tuple[int, ...] | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        return cls(class_names(dataset.classes), dataset.format(), dataset.shape)

    @classmethod
    def read(cls, told: Document) -> Self:
        """From what `document` made."""
        return cls(tuple(told["classes"]), tuple(map(feature_of, told["features"])))

    def document(self) -> Document:
        """`classes`, `features` and, of images, the `shape`."""
        told: Document = {"classes": list(self.classes), "features": [*map(document, self.features)]}
        return told | ({"shape": list(self.shape)} if self.shape else {})


def document(feature: Feature) -> Document:
    told: Document = {
        "name": feature.name,
        "kind": feature.kind,
        "min": feature.minimum,
        "max": feature.maximum,
    }
    told |= {"values": list(feature.values)} if feature.values is not None else {}
    return told | ({"categories": list(feature.categories)} if feature.categories is not None else {})


def feature_of(told: Document) -> Feature:
    values, categories = told.get("values"), told.get("categories")
    return Feature(
        told["name"],
        told["kind"],
        told["min"],
        told["max"],
        tuple(values) if values is not None else None,
        tuple(categories) if categories is not None else None,
    )
