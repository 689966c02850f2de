"""A JSON document and bytes that it describes after it, as the Open Inference Protocol sends tensors.

How long the document is stands in a header; here, in two bytes before it.
"""

from random import Random

from torture.decoding.changes import documents, octets

HEAD = 2


def parted(content: bytes) -> tuple[int, bytes]:
    """How long the document is said to be, and the body."""
    return int.from_bytes(content[:HEAD], "big"), content[HEAD:]


def changed(content: bytes, random: Random) -> bytes:
    """The document for the most part, which says what the bytes after it are."""
    length, body = parted(content)
    if not length or random.random() < 0.3:
        return octets.changed(content, random)
    document = documents.changed_json(body[:length], random)[: 2 ** (8 * HEAD) - 1]
    return len(document).to_bytes(HEAD, "big") + document + body[length:]
