"""Predictions from elsewhere, as arrays in the layout of LiRA, made a transcript and attacked."""

import numpy as np
import pytest
from made_transcript import CLASSES, FEATURES, transcript
from parties import result
from stand_in_runs import attacker

from attacker import importing
from attacker.errors import CannotAttack, ConfigurationError
from attacker.inference import Operation, infer
from attacker.statistics.roc import roc
from attacker.transcript_reading import read

MADE = transcript(4.0, 1, members=100, shadows=8, access="adaptive", apart=60)
CANDIDATES = len(MADE.candidates)


def arrays(made=MADE, *, known=True):
    given = {
        "labels": made.candidates.labels,
        "target": made.targets[0],
        "shadows": made.shadows[:, :CANDIDATES],
        "membership": made.member[:, :CANDIDATES],
        "truth": made.truth[0],
    }
    if known:
        given |= {
            "known_labels": made.known.labels,
            "known_target": made.targets_known[0],
            "known_shadows": made.shadows[:, CANDIDATES:],
        }
    return given


def without(*names):
    return {name: array for name, array in arrays().items() if name not in names}


def auc(file, name):
    return roc(infer(file.transcript, name, Operation(0)).scores, file.truth).auc()


@pytest.mark.parametrize("name", ["loss_threshold", "population", "rmia", "lira", "bavaria"])
def test_a_planted_leak_is_found_in_arrays_from_elsewhere(name):
    assert auc(importing.imported(arrays()), name) > 0.75


def test_a_transcript_comes_back_from_its_arrays():
    found = importing.imported(arrays() | features()).transcript
    for name in ("targets", "targets_known", "shadows", "member", "pool"):
        assert (getattr(found, name) == getattr(MADE, name)).all(), name
    assert (found.access, len(found.classes)) == ("adaptive", len(CLASSES))
    assert (found.records.features == MADE.records.features).all()


def features():
    return {"features": MADE.candidates.features, "known_features": MADE.known.features}


def test_without_features_the_records_have_none():
    assert importing.imported(arrays()).transcript.records.features.shape == (CANDIDATES + 260, 0)


def test_shadows_that_learned_known_records_alone_are_disjoint():
    made = transcript(4.0, 2, members=100, shadows=4)
    given = {
        "labels": made.candidates.labels,
        "target": made.targets,
        "shadows": made.shadows[:, :CANDIDATES],
        "membership": made.member,
        "truth": made.truth,
        "known_labels": made.known.labels,
        "known_target": made.targets_known,
        "known_shadows": made.shadows[:, CANDIDATES:],
    }
    file = importing.imported(given)
    assert file.transcript.access == "disjoint"
    assert (file.transcript.pool == made.pool).all()
    assert (
        auc(file, "loss_threshold")
        == roc(infer(made, "loss_threshold", Operation(0)).scores, made.truth).auc()
    )


def test_shadows_that_learned_any_share_of_the_records_serve():
    """A third instead of half, no pairs, an odd number of shadows, some records known to none or to all."""
    rng = np.random.default_rng(0)
    member = rng.random((7, CANDIDATES)) < 1 / 3
    member[:, :5], member[:, 5:10] = False, True
    made = transcript(4.0, 3, members=100, shadows=7, access="adaptive")
    sharper = np.exp(rng.standard_normal((7, CANDIDATES, len(CLASSES))))
    right = np.eye(len(CLASSES))[made.candidates.labels]
    sharper *= np.exp((1 + 4 * member[:, :, None]) * right)
    given = {
        "labels": made.candidates.labels,
        "target": made.targets[0],
        "shadows": sharper / sharper.sum(axis=2, keepdims=True),
        "membership": member.astype(np.uint8),
        "truth": made.truth[0],
    }
    file = importing.imported(given)
    assert set(range(CANDIDATES)) - set(file.transcript.pool.tolist()) >= set(range(5))
    assert auc(file, "loss_threshold") > 0.75
    assert auc(file, "bavaria") > 0.75


def test_several_targets_are_taken_together():
    made = transcript(4.0, 3, members=100, shadows=2, targets=3, access="adaptive")
    file = importing.imported(
        arrays(made) | {"target": made.targets, "truth": made.truth, "known_target": made.targets_known}
    )
    assert file.transcript.targets.shape == (3, CANDIDATES, len(CLASSES))
    assert file.truth.shape == (3, CANDIDATES)


def test_logits_are_what_their_probabilities_are():
    logits = np.log(MADE.targets[0].astype(np.float64)) + 7.0
    extreme = np.array([[800.0, 0, 0, 0, -800.0]])
    given = without("shadows", "membership", "known_shadows") | {
        "target": logits,
        "known_target": MADE.targets_known[0] * 3,
    }
    file = importing.imported(given, logits=True)
    assert np.allclose(file.transcript.targets, MADE.targets, rtol=1e-5)
    assert importing.softmax(extreme).tolist() == [[1, 0, 0, 0, 0]]


def test_a_target_alone_is_enough_for_attacks_that_need_no_shadows():
    file = importing.imported({name: arrays()[name] for name in ("labels", "target", "truth")})
    assert auc(file, "gap") > 0.6
    with pytest.raises(CannotAttack, match="train at least one"):
        infer(file.transcript, "loss_threshold", Operation(0))
    with pytest.raises(CannotAttack, match="known not to be members"):
        infer(file.transcript, "population", Operation(0))


def test_an_attack_on_the_records_themselves_asks_for_them():
    with pytest.raises(CannotAttack, match="import them with --features"):
        infer(importing.imported(arrays()).transcript, "quantile_regression", Operation(0))
    assert auc(importing.imported(arrays() | features()), "quantile_regression") > 0.6


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (without("labels"), "--labels is missing"),
        (without("target"), "--target is missing"),
        (without("membership"), "--membership is missing beside --shadows"),
        (without("shadows"), "--shadows is missing beside --membership"),
        (without("known_shadows"), "--known-shadows is missing beside --shadows and --known-labels"),
        (without("known_target"), "--known-target is missing beside --known-labels"),
        (without("known_labels"), "--known-labels is missing beside --known-target"),
        (arrays() | {"features": MADE.candidates.features}, "--known-features is missing"),
        (arrays() | {"labels": MADE.candidates.labels[:-1]}, r"target is \(1, 200, 5\) where \(1, 199, 5\)"),
        (arrays() | {"membership": MADE.member[:, :-1]}, r"membership is \(8, 459\) where \(8, 200\) is due"),
        (arrays() | {"known_target": MADE.targets_known[0, :, :4]}, r"known_target is \(1, 260, 4\)"),
        (arrays() | {"labels": MADE.candidates.labels + 1}, "whole numbers from 0 to 4"),
        (arrays() | {"labels": MADE.candidates.labels + 0.5}, "whole numbers from 0 to 4"),
        (arrays() | {"target": np.log(MADE.targets[0])}, "if these are logits, add --logits"),
        (arrays() | {"target": MADE.targets[0] * 1.1 + 0.1}, "between 0 and 1"),
        (arrays() | {"truth": np.ones(CANDIDATES)}, "--truth is 1 for members and 0 for others"),
        (arrays() | {"membership": MADE.member[:, :CANDIDATES] * 0}, "--membership is 1 for members"),
        (arrays() | {"membership": MADE.member[:, :CANDIDATES] * 2}, "--membership is 1 for members"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_the_option(given, told):
    with pytest.raises(ConfigurationError, match=told):
        importing.imported(given)


def test_arrays_are_imported_and_attacked_by_command(tmp_path):
    for name, array in arrays(known=False).items():
        np.save(tmp_path / f"{name}.npy", array)
    files = [word for name in arrays(known=False) for word in (f"--{name}", tmp_path / f"{name}.npy")]
    made = attacker("import", *files, "--out", tmp_path / "t.npz")
    assert made.returncode == 0, made.stderr
    done = attacker("attacks", tmp_path / "t.npz", "--attacks", "gap,loss_threshold,population")
    assert done.returncode == 0, done.stderr
    assert "population is left out" in done.stderr
    found = {attack["name"]: attack for attack in result(tmp_path / "t.attacks")["attacks"]}
    assert list(found) == ["gap", "loss_threshold"]
    assert found["loss_threshold"]["auc"]["value"] > 0.75
    assert found["loss_threshold"]["access"] == "adaptive"


def test_scores_of_several_targets_are_told_apart(tmp_path):
    made = transcript(4.0, 3, members=10, shadows=2, targets=2, access="adaptive")
    np.savez(tmp_path / "arrays.npz", labels=made.candidates.labels, target=made.targets)
    attacker("import", tmp_path / "arrays.npz", "--out", tmp_path / "t.npz")
    done = attacker("attacks", tmp_path / "t.npz", "--attacks", "gap")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "t.attacks" / "scores.csv").read_text().splitlines()
    assert lines[0] == "target,candidate,gap_score,gap_member"
    assert [line.split(",")[:2] for line in (lines[1], lines[20], lines[21])] == [
        ["0", "0"],
        ["0", "19"],
        ["1", "0"],
    ]


def test_one_file_of_named_arrays_is_as_good(tmp_path):
    np.savez(tmp_path / "arrays.npz", other=np.ones(2), **arrays(), **features())
    made = attacker("import", tmp_path / "arrays.npz", "--out", tmp_path / "t.npz")
    assert made.returncode == 0, made.stderr
    wanted = importing.imported(arrays() | features()).transcript
    assert np.array_equal(read(tmp_path / "t.npz").transcript.shadows, wanted.shadows)
    assert wanted.records.features.shape[1] == FEATURES


def test_a_list_of_members_is_had_from_imported_known_records(tmp_path):
    np.savez(tmp_path / "arrays.npz", **arrays())
    attacker("import", tmp_path / "arrays.npz", "--out", tmp_path / "t.npz")
    done = attacker("attacks", tmp_path / "t.npz", "--attacks", "population,loss_threshold", "--fdr", "0.3")
    assert done.returncode == 0, done.stderr
    assert "no members of loss_threshold are listed: loss_threshold has no list" in done.stderr
    [population, _] = result(tmp_path / "t.attacks")["attacks"]
    assert population["members_at_fdr"]["held_back"] == 130


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no array", "no NPY file of numbers"),
        (np.array([{}]), "no NPY file of numbers"),
        (np.array(["a"]), "no NPY file of numbers"),
        (np.array([np.nan]), "NaN and infinity"),
        ("lying", "no NPY file of numbers"),
    ],
)
def test_an_npy_that_cannot_be_used_is_refused(tmp_path, content, told):
    path = tmp_path / "a.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        with path.open("wb") as file:
            shape = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 10**3)}
            np.lib.format.write_array_header_1_0(file, shape)
    else:
        np.save(path, content, allow_pickle=True)
    with pytest.raises(ConfigurationError, match=told):
        importing.read(None, {"labels": path})
