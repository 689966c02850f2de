"""An OpenAPI document of which the requests are about what exists: the ids, names and shapes are given."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Schema = Mapping[str, Any]


def narrowed(document: Schema, properties: Mapping[str, Schema], paths: Mapping[str, Schema]) -> Schema:
    """With these schemas for the members of bodies that have these names, and for parts of paths.

    paths: by name or, where that is another, by operation and name ("delete_model model_id").
    """
    copy = deepcopy(dict(document))
    for operation in (operation for path in copy["paths"].values() for operation in path.values()):
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            found = paths.get(f"{operation['operationId']} {name}", paths.get(name))
            if parameter["in"] == "path" and found is not None:
                parameter["schema"] = found
        for schema in schemas_of(operation.get("requestBody"), copy):
            for name in schema["properties"].keys() & properties.keys():
                schema["properties"][name] = properties[name]
    return copy


def schemas_of(part: Any, document: Schema) -> Iterator[Any]:
    """The schemas of objects within a part of a document, and within all that it refers to."""
    if isinstance(part, list):
        for one in part:
            yield from schemas_of(one, document)
    elif isinstance(part, dict):
        if isinstance(part.get("properties"), dict):
            yield part
        if "$ref" in part:
            yield from schemas_of(referred(part["$ref"], document), document)
        for one in part.values():
            yield from schemas_of(one, document)


def referred(reference: str, document: Schema) -> Any:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found
