"""More shadow models for a run that is finished: the first ones are neither trained nor asked again."""

import pytest
from parties import result
from stand_in_runs import KNOWN, attacker, play

AN_ATTACK = 60 + KNOWN  # records that each model is asked about


def test_a_submitted_run_is_topped_up_and_submits_again(service, tmp_path):
    assert play(service, tmp_path).returncode == 0
    first = service.world()
    topped_up = play(service, tmp_path, "--shadows", 4)
    assert topped_up.returncode == 0, topped_up.stderr
    world = service.world()
    assert len(world["trained"]) == 4
    assert {model: rows for model, rows in world["trained"].items() if model in first["trained"]} == first[
        "trained"
    ]
    assert {model: world["usage"][model] for model in first["usage"]} == first["usage"]
    assert [len(one["attacks"]) for one in world["submissions"]] == [2, 2]
    assert [one["attacks"][1]["parameters"]["shadows"] for one in world["submissions"]] == [2, 4]
    assert world["datasets"] == 1


def test_what_was_reported_of_fewer_shadows_is_set_aside(service, tmp_path):
    """A top-up that is stopped leaves nothing that looks like its result."""
    play(service, tmp_path)
    service.close()
    play(service, tmp_path)
    reported = {file.name for file in tmp_path.glob("report.*")}
    assert {"report.html", "report.json"} < reported
    service.fail("/usage", "over")
    assert play(service, tmp_path, "--shadows", 4).returncode == 4
    assert not (tmp_path / "result.json").exists()
    assert {file.name for file in tmp_path.glob("report.*")} == {f"{name}.old" for name in reported}


def test_after_the_game_is_over_it_is_judged_by_the_truth(service, tmp_path):
    play(service, tmp_path)
    service.close()
    play(service, tmp_path)
    told = result(tmp_path)["target"]
    service.fail("/submissions", "over", times=1)
    topped_up = play(service, tmp_path, "--shadows", 3)
    assert topped_up.returncode == 0, topped_up.stderr
    assert "judged here, by the truth" in topped_up.stderr
    found = result(tmp_path)
    assert found["shadows"]["ready"] == 3
    assert found["target"] == told
    assert found["attacks"][1]["auc"]["value"] == 1.0  # the leak is planted
    assert found["attacks"][1]["parameters"]["shadows"] == 3
    assert sum(records for _, records in service.world()["usage"].values()) == 4 * AN_ATTACK


@pytest.mark.parametrize("more", [("--shadows", 1), ("--shadows", 4, "--seed", 5)])
def test_fewer_shadows_or_another_seed_are_another_run(service, tmp_path, more):
    play(service, tmp_path)
    refused = play(service, tmp_path, *more)
    assert refused.returncode == 2
    assert "was begun with other arguments" in refused.stderr


def test_a_finished_run_is_analysed_with_some_of_its_shadows(service, tmp_path):
    play(service, tmp_path)
    service.close()
    play(service, tmp_path)
    before = service.world()["seen"]
    again = attacker("attacks", tmp_path, "--attacks", "loss_threshold", "--shadows", "1")
    assert again.returncode == 0, again.stderr
    assert result(tmp_path)["attacks"][1]["parameters"]["shadows"] == 1
    assert service.world()["seen"] == before
    refused = attacker("attacks", tmp_path, "--shadows", "3")
    assert refused.returncode == 2
    assert "There are 2 shadow models, not 3" in refused.stderr
