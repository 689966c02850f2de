"""The discovery document, from which Google's clients make their methods."""

from collections.abc import Mapping
from typing import Any

BASE = "prediction/v1.6/projects/"
STRING = {"type": "string"}
PROJECT = {"project": {"type": "string", "required": True, "location": "path"}}
ID = {"id": {"type": "string", "required": True, "location": "path"}}
PAGE = {
    "maxResults": {"type": "integer", "location": "query"},
    "pageToken": {"type": "string", "location": "query"},
}


def document(root: str) -> dict[str, Any]:
    """`root` is this server's URL, with a slash at its end."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "prediction:v1.6",
        "name": "prediction",
        "version": "v1.6",
        "title": "Prediction API",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": BASE,
        "baseUrl": root + BASE,
        "parameters": {"key": {"type": "string", "location": "query"}},
        "schemas": SCHEMAS,
        "resources": {"trainedmodels": {"methods": METHODS}},
    }


def method(
    name: str, verb: str, path: str, parameters: Mapping[str, Any], takes: str = "", gives: str = ""
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": f"prediction.trainedmodels.{name}",
        "httpMethod": verb,
        "path": path,
        "parameters": {**PROJECT, **parameters},
        "parameterOrder": [one for one in ("project", "id") if one in (*PROJECT, *parameters)],
    }
    told |= {"request": {"$ref": takes}} if takes else {}
    return told | ({"response": {"$ref": gives}} if gives else {})


METHODS = {
    "insert": method("insert", "POST", "{project}/trainedmodels", {}, "Insert", "Insert2"),
    "get": method("get", "GET", "{project}/trainedmodels/{id}", ID, gives="Insert2"),
    "list": method("list", "GET", "{project}/trainedmodels/list", PAGE, gives="List"),
    "predict": method("predict", "POST", "{project}/trainedmodels/{id}/predict", ID, "Input", "Output"),
    "delete": method("delete", "DELETE", "{project}/trainedmodels/{id}", ID),
}


def schema(name: str, **properties: Any) -> dict[str, Any]:
    return {"id": name, "type": "object", "properties": properties}


def listed(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def part(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


SCHEMAS = {
    "Insert": schema(
        "Insert",
        id=STRING,
        modelType=STRING,
        storageDataLocation=STRING,
        trainingInstances=listed(part(output=STRING, csvInstance=listed({"type": "any"}))),
    ),
    "Insert2": schema(
        "Insert2",
        kind=STRING,
        id=STRING,
        selfLink=STRING,
        created=STRING | {"format": "date-time"},
        trainingComplete=STRING | {"format": "date-time"},
        trainingStatus=STRING,
        modelInfo=part(modelType=STRING, numberInstances=STRING, numberLabels=STRING),
    ),
    "List": schema("List", kind=STRING, items=listed({"$ref": "Insert2"}), nextPageToken=STRING),
    "Input": schema("Input", input=part(csvInstance=listed({"type": "any"}))),
    "Output": schema(
        "Output",
        kind=STRING,
        id=STRING,
        selfLink=STRING,
        outputLabel=STRING,
        outputMulti=listed(part(label=STRING, score=STRING)),
    ),
}
