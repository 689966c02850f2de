"""A tensor in binary after a line of JSON: either of them made worse."""

from random import Random

from torture.decoding.changes import documents, octets


def head(content: bytes) -> int:
    """Bytes of the line; 0, and all is tensor, where there is none."""
    return content.find(b"\n") + 1


def changed(content: bytes, random: Random) -> bytes:
    line, tensor = content[: head(content)], content[head(content) :]
    if line and random.random() < 0.7:
        return documents.changed_json(line.strip(), random) + b"\n" + tensor
    return line + octets.changed(tensor, random)
