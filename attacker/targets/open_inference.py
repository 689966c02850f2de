"""The Open Inference Protocol, version 2: KServe, Triton, MLServer, Seldon; in JSON, or tensors in binary.

Binary tensors are Triton's extension ("binary data"), which a server lists as `binary_tensor_data`: the JSON
comes first, as long as the header Inference-Header-Content-Length says, and the tensors after it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from attacker.client import json_text
from attacker.client.documents import Document
from attacker.client.http import JSON, Reply
from attacker.dialect import Described, Dialect, Request, Server, most_answered, rows_of
from attacker.errors import CannotAttack, UnexpectedAnswer
from attacker.outputs import Outputs, checked

BINARY = "application/octet-stream"
LENGTH = "Inference-Header-Content-Length"
EXTENSION = "binary_tensor_data"
REQUEST_ID = "1"  # which the protocol leaves away where one likes, and KServe must have
MOST_COLUMNS = 10_000  # classes that an answer may have
MOST_SIDES, LONGEST_SIDE = 32, 2**31  # of a tensor, as far as array libraries have them
TYPES: Mapping[str, str] = {
    "BOOL": "?",
    **{f"UINT{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"INT{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}
PROBABILITIES = ("predict_proba", "probabilities", "output_probability", "probs", "scores", "logits")
NOT_OFFERED = (400, 404, 422, 500)  # how servers refuse an output that the model does not have


@dataclass
class OpenInference(Dialect):
    """`output`: the tensor that is meant, else the one that is called as probabilities are.

    `input`, `datatype`: as the model's metadata say, else `input-0` and FP64. `encoding`: binary where the
    server has it.
    """

    output: str = ""
    input: str = ""
    datatype: str = ""
    encoding: Literal["auto", "binary", "json"] = "auto"
    version: str = ""
    binary: bool = field(init=False, default=False)
    guessed: bool = field(init=False, default=False)

    def meet(self, server: Server, model: str, sample: NDArray[Any]) -> Described:
        extensions = (server.look("/v2") or {}).get("extensions")
        listed = isinstance(extensions, list) and EXTENSION in extensions
        self.binary = self.encoding == "binary" or (self.encoding == "auto" and listed)
        metadata = server.look(self.path(model)) or {}
        described = self.take(metadata)
        if not self.output:
            known = [str(one.get("name")) for one in objects(metadata, "outputs")]
            self.output = self.preferred(known)
        return described

    def take(self, metadata: Document) -> Described:
        """Input and data type from a model's metadata; raises CannotAttack for several inputs."""
        inputs = objects(metadata, "inputs")
        if len(inputs) > 1 and not self.input:
            names = ", ".join(str(one.get("name"))[:40] for one in inputs[:5])
            raise CannotAttack(
                f"The model takes {len(inputs)} tensors ({names}, ...); say by input=NAME which it is."
            )
        mine = next((one for one in inputs if self.input in ("", one.get("name"))), {})
        self.input = self.input or str(mine.get("name", "input-0"))
        self.datatype = self.datatype or str(mine.get("datatype", "FP64"))
        if self.datatype not in TYPES:
            raise CannotAttack(
                f"The model takes {self.datatype[:20]}; records are numbers ({', '.join(TYPES)})."
            )
        shape = mine.get("shape")
        wide = isinstance(shape, list) and len(shape) == 2 and type(shape[1]) is int and shape[1] > 0
        return Described(features=shape[1] if wide and shape else None)

    def preferred(self, known: Sequence[str]) -> str:
        """The output to ask for: probabilities, where the model has them. Empty: whatever it answers."""
        self.guessed = not known  # some servers list none, and answer probabilities to those who ask
        return next((name for name in PROBABILITIES if name in known or self.guessed), "")

    def relents(self, status: int) -> bool:
        """An output that nobody listed may not be there."""
        guessed, self.guessed = self.guessed, False
        if guessed and status in NOT_OFFERED:
            self.output = ""
            return True
        return False

    def path(self, model: str) -> str:
        version = f"/versions/{quote(self.version, safe='')}" if self.version else ""
        return f"/v2/models/{quote(model, safe='')}{version}"

    def request(self, model: str, records: NDArray[Any]) -> Request:
        tensor = np.ascontiguousarray(records, TYPES[self.datatype])
        about: dict[str, Any] = {
            "name": self.input,
            "shape": list(tensor.shape),
            "datatype": self.datatype,
        }
        wanted: dict[str, Any] = {"id": REQUEST_ID}
        if self.output:
            parameters = {"parameters": {"binary_data": True}} if self.binary else {}
            wanted["outputs"] = [{"name": self.output, **parameters}]
        most, path = most_answered(len(records), MOST_COLUMNS), self.path(model) + "/infer"
        if not self.binary:
            body = json.dumps({"inputs": [about | {"data": rows_of(tensor)}], **wanted}).encode()
            return Request(path, body, most_bytes=most)
        raw = tensor.tobytes()
        about["parameters"] = {"binary_data_size": len(raw)}
        if not self.output:
            wanted["parameters"] = {"binary_data_output": True}
        head = json.dumps({"inputs": [about], **wanted}).encode()
        headers = {"Content-Type": BINARY, LENGTH: str(len(head)), "Accept": f"{BINARY}, {JSON}"}
        return Request(path, head + raw, headers, most)

    def outputs(self, reply: Reply, records: int) -> Outputs:
        document, raw = parted(reply)
        found: dict[str, Outputs] = {}
        for tensor in objects(document, "outputs"):
            size = binary_size(tensor, raw, reply.url)
            found[str(tensor.get("name"))] = read(tensor, raw[:size], size, records, reply.url)
            raw = raw[size:]
        if not found:
            raise UnexpectedAnswer(f"{reply.url} answered no outputs; is the URL right?")
        self.guessed = False
        # Of labels and scores, the scores.
        best = max(found.values(), key=lambda one: 0 if one.numbers is None else one.numbers.shape[1])
        if len(chosen := found.get(self.output, best)) != records:
            raise UnexpectedAnswer(
                f"{reply.url} answered {len(chosen)} words about {records} records; say by output=NAME which "
                "of its tensors has one of each, or scores."
            )
        return chosen


def objects(document: Document, name: str) -> list[Document]:
    """The objects in a list, none where there is no such list."""
    found = document.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def parted(reply: Reply) -> tuple[Document, memoryview]:
    """The document and the bytes after it; raises UnexpectedAnswer."""
    length = next((value for name, value in reply.headers.items() if name.lower() == LENGTH.lower()), None)
    if length is None:
        return reply.json(), memoryview(b"")
    try:
        size = int(length)
        document = json_text.read(reply.body[:size])
        if not isinstance(document, dict) or not 0 < size <= len(reply.body):
            raise ValueError
    except ValueError as error:
        raise UnexpectedAnswer(f"{reply.url} answered a head that is not as long as it says.") from error
    return document, memoryview(reply.body)[size:]


def binary_size(tensor: Mapping[str, Any], raw: memoryview, origin: str) -> int:
    """Bytes of a tensor among those that follow the document, 0 where it is in the document."""
    parameters = tensor.get("parameters")
    size = parameters.get("binary_data_size", 0) if isinstance(parameters, Mapping) else 0
    if type(size) is not int or not 0 <= size <= len(raw):
        raise UnexpectedAnswer(f"{origin} answered fewer bytes than its tensors are said to have.")
    return size


def read(tensor: Mapping[str, Any], raw: memoryview, size: int, records: int, origin: str) -> Outputs:
    """One tensor, whose first side is the records; raises UnexpectedAnswer."""
    shape, datatype = tensor.get("shape"), str(tensor.get("datatype"))
    if not isinstance(shape, list) or not 0 < len(shape) <= MOST_SIDES or not all(map(is_side, shape)):
        raise UnexpectedAnswer(f"{origin} answered a tensor of no shape.")
    if shape[0] != records:
        raise UnexpectedAnswer(f"{origin} answered {shape[0]} predictions to {records} records.")
    columns = prod(shape[1:])
    if datatype == "BYTES":
        return Outputs(labels=words(tensor, raw, size, records * columns, origin))
    if datatype not in TYPES:
        raise UnexpectedAnswer(f"{origin} answered a tensor of {datatype[:20]!r}, which is no data type.")
    if size:
        dtype = np.dtype(TYPES[datatype])
        if size != records * columns * dtype.itemsize:
            raise UnexpectedAnswer(
                f"{origin} answered a tensor whose bytes are not as many as its shape says."
            )
        numbers: NDArray[Any] = np.frombuffer(raw, dtype)
    else:
        numbers = flat(tensor.get("data"), origin)
        if numbers.size != records * columns:
            raise UnexpectedAnswer(
                f"{origin} answered a tensor whose data are not as many as its shape says."
            )
    return Outputs(checked(numbers.reshape(records, columns), origin))


def is_side(found: Any) -> bool:
    return type(found) is int and 0 < found <= LONGEST_SIDE


def flat(data: Any, origin: str) -> NDArray[np.float64]:
    """Nested or not, as the protocol allows both."""
    try:
        return np.array(data, np.float64).ravel()
    except (ValueError, TypeError, OverflowError) as error:
        raise UnexpectedAnswer(f"{origin} answered a tensor whose data are no numbers.") from error


def words(tensor: Mapping[str, Any], raw: memoryview, size: int, count: int, origin: str) -> tuple[str, ...]:
    """Texts, in binary each after its length in four bytes; raises UnexpectedAnswer."""
    found: list[str] = []
    if not size:
        data = tensor.get("data")
        found = [one for one in data if isinstance(one, str)] if isinstance(data, list) else []
    try:
        while size and len(raw):
            length = int.from_bytes(raw[:4], "little")
            found.append(str(bytes(raw[4 : 4 + length]), "utf-8"))
            raw = raw[4 + length :]
    except UnicodeDecodeError as error:
        raise UnexpectedAnswer(f"{origin} answered words that are no text.") from error
    if len(found) != count:
        raise UnexpectedAnswer(f"{origin} answered {len(found)} words where its tensor has {count}.")
    return tuple(found)
