"""Archives with a member that is missing, doubled, renamed, worse inside, or far larger than it looks."""

import gzip
import io
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from random import Random

from torture.decoding.changes import documents, npy, octets

Change = Callable[[bytes, Random], bytes]
Members = list[tuple[str, bytes]]
NAMES = ["a", "/etc/passwd", "../x.npy", "x.npy", "transcript.json", "a" * 300, "\x1b[2J.npy"]
BOMB_BYTES = 2**24  # of zeros, which deflate to a thousandth


def changed_zip(content: bytes, random: Random) -> bytes:
    """A .npz: arrays, and a document."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            if sum(info.file_size for info in opened.infolist()) > BOMB_BYTES:
                return octets.changed(content, random)
            members = [(info.filename, opened.read(info)) for info in opened.infolist()]
    except Exception:  # whatever an archive that was changed before can end in
        return octets.changed(content, random)
    if random.random() < 0.2:
        return octets.changed(content, random)
    members = with_a_change(members, random, inside)
    file = io.BytesIO()
    method = random.choice(
        (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
    )
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file, "w", method) as made:
        for name, each in members:
            made.writestr(name, each)
    return file.getvalue()


def inside(content: bytes, random: Random) -> bytes:
    change: Change = npy.changed if content[:6] == b"\x93NUMPY" else documents.changed_json
    return change(content, random)


def changed_tgz(change: Change) -> Change:
    def changed(content: bytes, random: Random) -> bytes:
        try:
            with tarfile.open(fileobj=io.BytesIO(unzipped(content))) as opened:
                members = [
                    (one.name, file.read()) for one in opened if (file := opened.extractfile(one)) is not None
                ]
        except Exception:  # whatever an archive that was changed before can end in
            return octets.changed(content, random)
        members = with_a_change(members, random, change)
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as made:
            for name, each in members:
                described = tarfile.TarInfo(name)
                described.size = len(each)
                made.addfile(described, io.BytesIO(each))
        tar = file.getvalue() if random.random() < 0.8 else octets.changed(file.getvalue(), random)
        return gzip.compress(tar, 1)

    return changed


def changed_gzip(change: Change) -> Change:
    def changed(content: bytes, random: Random) -> bytes:
        try:
            inner = unzipped(content)
        except Exception:  # whatever an archive that was changed before can end in
            return octets.changed(content, random)
        if random.random() < 0.2:
            return octets.changed(content, random)
        return gzip.compress(change(inner, random) if random.random() < 0.99 else bytes(BOMB_BYTES), 1)

    return changed


def unzipped(content: bytes) -> bytes:
    """Raises EOFError for more than is read for a change."""
    with gzip.open(io.BytesIO(content)) as opened:
        inner = opened.read(BOMB_BYTES + 1)
    if len(inner) > BOMB_BYTES:
        raise EOFError
    return inner


def with_a_change(members: Members, random: Random, change: Change) -> Members:
    if not members:
        return [(random.choice(NAMES), b"")]
    place = random.randrange(len(members))
    name, content = members[place]
    match random.randrange(8):
        case 0:
            return members[:place] + members[place + 1 :]
        case 1:
            return [*members, members[place]]
        case 2:
            members[place] = random.choice(NAMES), content
        case 3:
            members[place] = name, random.choice(members)[1]
        case 4 if random.random() < 0.05:
            members[place] = name, content[:128] + bytes(BOMB_BYTES)
        case _:
            members[place] = name, change(content, random)
    return members
