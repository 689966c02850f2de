"""Answers of many models, left in a file: the same to every reader, and never all in memory."""

import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from made_transcript import transcript

from attacker import transcript_file
from attacker.errors import ConfigurationError
from attacker.inference import Operation, infer
from attacker.kept_answers import KeptAnswers
from attacker.transcript_file import TranscriptFile
from attacker.transcript_reading import read

MADE = transcript(2.0, 5, members=30, shadows=6)


@pytest.fixture
def kept():
    return KeptAnswers.spooled(iter(MADE.shadows), MADE.shadows.shape)


def written(path, made, compressed=False):
    transcript_file.write(path, TranscriptFile(made, None))
    if compressed:
        with zipfile.ZipFile(path) as opened:
            members = {name: opened.read(name) for name in opened.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in members.items():
                opened.writestr(name, content)
    return path


def test_they_stand_where_an_array_would(kept):
    assert (kept.shape, kept.dtype, len(kept)) == (MADE.shadows.shape, np.float32, 6)
    assert np.array_equal(kept, MADE.shadows)
    assert np.array_equal(kept[4], MADE.shadows[4])
    assert np.array_equal(kept[-1], MADE.shadows[-1])
    assert [row.tobytes() for row in kept] == [row.tobytes() for row in MADE.shadows]
    with pytest.raises(IndexError):
        kept[6]


def test_the_first_of_them_outlive_the_whole(kept):
    first = kept[:4]
    del kept
    assert np.array_equal(first, MADE.shadows[:4])
    assert np.array_equal(replace(MADE, shadows=first[:3], member=MADE.member[:3]).shadows, MADE.shadows[:3])
    with pytest.raises(IndexError, match="one by one"):
        first[1:]


def test_a_file_that_loses_its_end_is_told_of(tmp_path):
    path = tmp_path / "answers"
    path.write_bytes(MADE.shadows.tobytes()[:-1])
    cut = KeptAnswers.at(path, 0, MADE.shadows.shape, np.dtype(np.float32))
    assert np.array_equal(cut[4], MADE.shadows[4])
    with pytest.raises(ConfigurationError, match="write it anew"):
        cut[5]


def test_answers_that_are_kept_are_written_as_the_array_is(kept, tmp_path):
    array, from_file = (
        written(tmp_path / name, made)
        for name, made in (("a.npz", MADE), ("b.npz", replace(MADE, shadows=kept)))
    )
    assert array.read_bytes() == from_file.read_bytes()


@pytest.mark.parametrize("change", ["none", "compressed", "by columns", "float64", "big-endian", "float16"])
def test_they_are_read_however_they_are_stored(tmp_path, change):
    shadows = MADE.shadows
    if change == "by columns":
        shadows = np.asfortranarray(shadows)
    elif change in ("float64", "float16"):
        shadows = shadows.astype(change)
    elif change == "big-endian":
        shadows = shadows.astype(">f4")
    path = tmp_path / "t.npz"
    written(path, MADE)
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if change == "compressed" else 0) as opened:
        for name, content in members.items():
            if name != "shadows.npy":
                opened.writestr(name, content)
        with opened.open("shadows.npy", "w") as member:
            np.lib.format.write_array(member, shadows)
    assert np.array_equal(read(path).transcript.shadows, shadows.astype(np.float32))


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
@pytest.mark.parametrize(
    "name", ["loss_threshold", "lira", "calibrated:bags=1", "shokri:classifier=logistic_regression"]
)
def test_attacks_score_them_as_they_score_an_array(tmp_path, name, access):
    made = transcript(2.0, 6, members=60, shadows=6, access=access)
    found = read(written(tmp_path / "t.npz", made)).transcript
    for shadows in (6, 5):
        one, other = (infer(t.with_first(shadows), name, Operation(3)) for t in (made, found))
        assert one.scores.tobytes() == other.scores.tobytes()
        assert one.decisions.tobytes() == other.decisions.tobytes()


def test_nobody_holds_the_answers_of_all_shadow_models(tmp_path):
    """Reading, fitting and scoring take a part of what the answers would."""
    made = transcript(2.0, 7, members=500, shadows=4)
    many = np.tile(np.arange(4), 16)
    answers = np.repeat(made.shadows, 20, axis=2) / 20
    made = replace(
        made,
        classes=tuple(map(str, range(100))),
        shadows=answers[many],
        member=made.member[many],
        shadows_observed={},
        targets_observed={},
        targets=np.repeat(made.targets, 20, axis=2) / 20,
        targets_known=np.repeat(made.targets_known, 20, axis=2) / 20,
    )
    path, all_of_them = written(tmp_path / "t.npz", made), made.shadows.nbytes
    del made, answers
    tracemalloc.start()
    found = read(path).transcript
    for name in ("modified_entropy", "calibration", "lira", "rmia", "bavaria"):
        infer(found, name, Operation(1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < all_of_them / 3
