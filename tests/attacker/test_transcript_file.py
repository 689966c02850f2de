"""A transcript written and read again; and files that are not what they say, refused."""

import io
import json
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest
from made_transcript import transcript, without_shadows

from attacker import archive, transcript_file
from attacker.errors import ConfigurationError
from attacker.inference import Operation, infer
from attacker.transcript import Transcript
from attacker.transcript_file import DOCUMENT, TranscriptFile
from attacker.transcript_reading import read

MADE = transcript(3.0, 4, members=20, apart=10, targets=2)


def written(path, made=MADE, **more):
    transcript_file.write(path, TranscriptFile(made, made.truth, seed=3, **more))
    return path


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "t.npz")


@pytest.fixture
def altered(file):
    """The file with members changed: an array by its name, bytes as they are, None to leave one out."""

    def alter(changes=None, **document):
        with zipfile.ZipFile(file) as opened:
            members = {name: opened.read(name) for name in opened.namelist()}
        if document:
            members[DOCUMENT] = json.dumps(json.loads(members[DOCUMENT]) | document).encode()
        for name, content in (changes or {}).items():
            if content is None or isinstance(content, bytes):
                members[name] = content
            else:
                members[f"{name}.npy"] = npy(content)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in members.items():
                if content is not None:
                    opened.writestr(name, content)
        return file

    return alter


def npy(array):
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def header(shape, dtype="<f4"):
    """The head of an NPY file of this shape, and no numbers."""
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(held, {"descr": dtype, "fortran_order": False, "shape": shape})
    return held.getvalue()


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
@pytest.mark.parametrize("name", ["loss_threshold", "population", "random_guess"])
def test_an_attack_scores_a_transcript_read_as_it_scores_the_one_written(tmp_path, name, access):
    made = transcript(3.0, 5, members=40, apart=60, access=access, targets=2)
    found = read(written(tmp_path / "t.npz", made))
    before, after = (infer(one, name, Operation(3)) for one in (made, found.transcript))
    assert before.scores.tobytes() == after.scores.tobytes()
    assert before.decisions.tobytes() == after.decisions.tobytes()


def test_everything_comes_back_as_it_went(tmp_path):
    seen = {"noise:budget=2": np.arange(2 * 40 * 2).reshape(2, 40, 2).astype(np.int16)}
    of_shadows = {"noise:budget=2": np.ones((4, 40 + 50, 2), np.int16)}
    made = replace(MADE, targets_observed=seen, shadows_observed=of_shadows)
    found = read(written(tmp_path / "t.npz", made, primary="gap", known_are="noisy", game={"id": "g-1"}))
    for one in fields(Transcript):
        assert_same(getattr(found.transcript, one.name), getattr(made, one.name))
    assert (found.truth == made.truth).all()
    assert (found.seed, found.primary, found.known_are, found.game) == (3, "gap", "noisy", {"id": "g-1"})


def assert_same(found, wanted):
    if isinstance(wanted, np.ndarray):
        found = np.asarray(found)
        assert (found.dtype, found.shape, found.tobytes()) == (wanted.dtype, wanted.shape, wanted.tobytes())
    elif hasattr(wanted, "features"):
        assert_same(found.labels, wanted.labels)
        assert_same(found.features, wanted.features)
    elif isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for name, seen in wanted.items():
            assert_same(found[name], seen)
    else:
        assert found == wanted


def test_the_same_transcript_gives_the_same_file(tmp_path):
    assert written(tmp_path / "a.npz").read_bytes() == written(tmp_path / "b.npz").read_bytes()


def test_numpy_alone_can_read_it(file):
    with np.load(file) as opened:
        about = json.loads(opened[DOCUMENT])
        assert opened["targets"].shape == (2, 40, len(about["classes"]))
        assert set(about["arrays"]) == set(opened.files) - {DOCUMENT}


def test_a_transcript_without_shadows_and_truth_is_read(tmp_path):
    made = without_shadows(MADE)
    transcript_file.write(tmp_path / "t.npz", TranscriptFile(made, None))
    found = read(tmp_path / "t.npz")
    assert found.truth is None
    assert found.transcript.shadows.shape == (0, 90, 5)


def test_a_transcript_of_an_attacker_that_is_told_of_members_is_read(tmp_path):
    told = np.arange(50) < 25
    made = replace(without_shadows(transcript(3.0, 4, members=20, apart=10)), known_member=told)
    transcript_file.write(tmp_path / "t.npz", TranscriptFile(made, None))
    found = read(tmp_path / "t.npz").transcript
    assert found.told
    before, after = (infer(one, "loss_threshold", Operation(3)).scores for one in (made, found))
    assert (before == after).all()


def test_what_a_reader_does_not_know_is_ignored(altered):
    file = altered({"more": np.ones(3), "notes.txt": b"by hand"}, remark="x")
    assert read(file).transcript.classes == MADE.classes


def test_another_tools_types_are_taken(altered):
    changes = {
        "targets": np.asfortranarray(MADE.targets.astype(np.float64)),
        "candidate_labels": MADE.candidates.labels.astype(np.uint8),
        "member": MADE.member.astype(np.uint8),
    }
    found = read(altered(changes)).transcript
    assert_same(found.targets, MADE.targets)
    assert_same(found.candidates.labels, MADE.candidates.labels)
    assert_same(found.member, MADE.member)


NAN = np.where(np.arange(MADE.targets.size).reshape(MADE.targets.shape) == 7, np.nan, MADE.targets)
ASTRAY = np.where(np.arange(90) == 3, True, MADE.member)  # a candidate, where the access is disjoint


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"targets.npy": None}, r"it has no targets\.npy"),
        ({DOCUMENT: None}, r"it has no transcript\.json"),
        ({DOCUMENT: b"{"}, "no JSON of at most"),
        ({DOCUMENT: b"[" * 100_000}, "no JSON of at most"),
        ({DOCUMENT: b'{"seed": NaN}'}, "no JSON of at most"),
        ({DOCUMENT: b"[]"}, "no JSON object"),
        ({DOCUMENT: b" " * (archive.MOST_DOCUMENT_BYTES + 1)}, "no JSON of at most"),
        ({"targets": MADE.targets[:, :, :4]}, r"targets is \(2, 40, 4\) where \(2, 40, 5\) is due"),
        ({"targets": MADE.targets[:, :39]}, r"targets is \(2, 39, 5\)"),
        ({"shadows": MADE.shadows[:3]}, r"member is \(4, 90\) where \(3, 90\) is due"),
        ({"candidate_labels": MADE.candidates.labels[:, None]}, r"candidate_labels is \(40, 1\)"),
        ({"targets_known": MADE.targets_known[:, :7]}, "about 7 of 50 known records"),
        ({"known_member": np.ones(3, bool)}, "about 3 of 50 known records"),
        ({"known_member": np.ones(50, bool)}, "where members are told"),
        ({"targets": NAN}, "targets has NaN"),
        ({"targets": MADE.targets * np.float64(1e60)}, "no probabilities"),
        (
            {"candidate_labels": MADE.candidates.labels + 1},
            "labels must be whole numbers from 0 to 4",
        ),
        ({"known_labels": MADE.known.labels * 1.0}, "known_labels must be whole numbers"),
        ({"pool": MADE.pool + 51}, "pool must be whole numbers from 0 to 89"),
        ({"pool": MADE.pool[1:]}, "every row that a shadow model learned"),
        ({"pool": np.append(MADE.pool, MADE.pool[0])}, "each row once"),
        ({"pool": np.append(MADE.pool, 3), "member": ASTRAY}, "the access is adaptive"),
        ({"member": MADE.member * 2}, "member must be 0 or 1"),
        ({"truth": np.ones_like(MADE.truth)}, "members and non-members"),
        ({"truth": MADE.truth[:1]}, r"truth is \(1, 40\)"),
        ({"targets.npy": b"no array"}, r"targets\.npy is damaged"),
        ({"targets.npy": npy(MADE.targets)[:-4]}, "not as long as its shape"),
        ({"targets.npy": npy(MADE.targets) + b"...."}, "not as long as its shape"),
        ({"targets.npy": header((2, 40, 10**15))}, "not as long as its shape"),
        ({"targets.npy": header((2, 40, -5))}, "no numbers|damaged|not as long"),
        ({"targets.npy": header((2, 40, 5), "|O")}, "holds no numbers"),
        ({"targets.npy": header((2, 40, 5), "|S4")}, "holds no numbers"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_the_reason(altered, changes, told):
    file = altered(changes)
    with pytest.raises(ConfigurationError, match=told) as refused:
        read(file)
    assert str(refused.value).startswith(str(file))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"version": 2}, "export it again with this attacker"),
        ({"format": "other"}, "'other' of version 1"),
        ({"classes": ["a", "a", "b", "c", "d"]}, "names one twice"),
        ({"classes": ["a"]}, "fewer than two classes"),
        ({"classes": "abcde"}, "must be a list of names"),
        ({"classes": list("abcd")}, r"where \(2, 40, 4\) is due"),
        ({"access": "open"}, "disjoint or adaptive, not 'open'"),
        ({"access": ["disjoint"]}, "disjoint or adaptive"),
        ({"seed": -1}, "whole number"),
        ({"seed": True}, "whole number"),
        ({"game": []}, "an object"),
        ({"probes": list("abcdefghi")}, r"no targets_observed_\d\.npy"),
    ],
)
def test_a_document_that_cannot_be_meant_is_refused(altered, document, told):
    with pytest.raises(ConfigurationError, match=told):
        read(altered(**document))


@pytest.fixture
def forged(file):
    """The file with members of other content, of which the directory says that they are so long."""

    def forge(**members):
        with zipfile.ZipFile(file) as opened:
            kept = {name: opened.read(name) for name in opened.namelist()}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in kept.items():
                array = name.removesuffix(".npy")
                opened.writestr(name, members[array][0] if array in members else content)
                if array in members:
                    opened.getinfo(name).file_size = members[array][1]
        return file

    return forge


def test_a_file_that_would_fill_the_memory_is_refused_before_it_does(forged):
    """Its sizes agree with each other, and all of it has a few kilobytes: only their sum tells."""
    width = 2**35
    candidates, known = (header((records, width), "|u1") for records in (40, 50))
    file = forged(
        candidate_features=(candidates, len(candidates) + 40 * width),
        known_features=(known, len(known) + 50 * width),
    )
    with pytest.raises(ConfigurationError, match=r"take 3,\d+,\d+,\d+,\d+ bytes, and at most"):
        read(file)


def test_an_array_that_unpacks_to_more_than_it_says_is_refused(forged):
    truth = npy(MADE.truth)
    with pytest.raises(ConfigurationError, match=r"truth\.npy is damaged \(Bad CRC"):
        read(forged(truth=(truth + bytes(10**6), len(truth))))


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "missing", "twice", "encrypted"])
def test_a_damaged_file_is_refused(file, tmp_path, damage):
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        with zipfile.ZipFile(file) as opened:
            place = opened.getinfo("shadows.npy").header_offset + 400
        content[place] ^= 0xFF
        file.write_bytes(content)
    elif damage == "other":
        file.write_text("no zip")
    elif damage == "missing":
        file.unlink()
    elif damage == "twice":
        with zipfile.ZipFile(file, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr("truth.npy", npy(~MADE.truth))
    else:
        with zipfile.ZipFile(file) as opened:
            info = opened.getinfo("shadows.npy")
        place = content.rindex(b"shadows.npy") - 46 + 8  # the flags in the central directory
        content[place] |= 1
        assert info.flag_bits & 1 == 0
        file.write_bytes(content)
    with pytest.raises(ConfigurationError) as refused:
        read(file)
    assert str(file) in str(refused.value)
