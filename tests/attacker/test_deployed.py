"""Models that are deployed elsewhere, attacked by the command in every dialect; shadows are a stand-in's."""

import io

import numpy as np
import pytest
from foreign_server import Foreign, served
from parties import result
from stand_in_runs import attacker

from attacker.dialect import DIALECTS
from attacker.errors import LeaksTooMuch
from attacker.gate import Limit

TEMPLATE = """
[request]
path = "/score"
body = '{"rows": {{records}}}'
headers = {X-Model = "m"}

[answer]
predictions = "$.results[*].scores"
records = 40
"""
ONE = TEMPLATE.replace("/score", "/one").replace("rows", "row").replace("{{records}}", "{{record}}")


@pytest.fixture
def world(service, http, tmp_path):
    """The stand-in's records, as files, and a server that has learned its members."""

    def table(path):
        return np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/{path}").body))

    candidates, population = table("candidates"), table("knowledge")
    service.close()
    truth = table("membership")[0]
    np.savetxt(tmp_path / "c.csv", candidates, "%d", ",")
    np.savetxt(tmp_path / "p.csv", population, "%d", ",")
    np.save(tmp_path / "t.npy", truth)
    with served(Foreign(candidates[truth])) as foreign:
        yield foreign


@pytest.fixture
def audit(service, world, tmp_path):
    def audit(dialect, *more, out="run", shadows_at=True, **environment):
        return attacker(
            *("audit", "--url", world.url, "--model", "m", "--dialect", dialect, "--out", tmp_path / out),
            *("--candidates", tmp_path / "c.csv", "--population", tmp_path / "p.csv"),
            *("--truth", tmp_path / "t.npy", "--training-size", 30, "--shadow-profile", "box"),
            *("--shadows", 2, "--attacks", "gap,loss_threshold", "--primary", "loss_threshold"),
            *(("--shadows-at", service.url) if shadows_at else ()),
            *more,
            **environment,
        )

    return audit


@pytest.mark.parametrize("dialect", [
    "instances",
    "instances:path=/invocations:send=dataframe_split:rows=table",
    "instances:path=/objects:rows=objects:wrap=x",
    "open_inference",
    "open_inference:encoding=json",
])  # fmt: skip
def test_a_deployed_model_is_attacked_in_its_dialect(audit, world, tmp_path, dialect):
    done = audit(dialect)
    assert done.returncode == 0, done.stderr
    found = result(tmp_path / "run")
    assert found["attacks"][1]["auc"]["value"] == 1.0
    assert found["deployed"]["answers"] == "probabilities"
    assert "How it was trained is not known" in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.parametrize(
    ("answers", "dialect", "kind"),
    [
        ("log_odds", "instances", "log_odds"),
        ("log_probabilities", "instances", "log_probabilities"),
        ("named", "instances", "probabilities"),
        ("pairs", "instances", "probabilities"),
        ("lists", "instances", "probabilities"),
        ("members", "instances:member=probabilities", "probabilities"),
        ("members", "instances:path=/bare:member=probabilities", "probabilities"),
        ("top", "instances", "top"),
        ("labels", "instances", "labels"),
        ("numbers", "instances", "labels"),
    ],
)
def test_what_the_server_gives_is_found_out_and_said(audit, world, tmp_path, answers, dialect, kind):
    world.answers = answers
    done = audit(dialect, "--shadows", 4 if kind == "labels" else 2)
    assert done.returncode == 0, done.stderr
    found = result(tmp_path / "run")
    assert found["deployed"]["answers"] == kind
    if kind == "labels":
        assert [one for one in found["attacks"] if one["name"].startswith("label_only")]
    else:
        assert found["attacks"][1]["auc"]["value"] == 1.0


@pytest.mark.parametrize("answers", ["probabilities", "labels"])
@pytest.mark.parametrize(("population", "shadows"), [(True, 4), (True, 2), (False, 4)])
def test_the_attack_to_judge_by_is_one_that_bears_a_wrong_guess(
    service, world, tmp_path, answers, population, shadows
):
    world.answers = answers
    done = attacker(
        *("audit", "--url", world.url, "--model", "m", "--dialect", "instances", "--out", tmp_path / "run"),
        *("--candidates", tmp_path / "c.csv", "--truth", tmp_path / "t.npy", "--training-size", 30),
        *("--shadows-at", service.url, "--shadow-profile", "box", "--shadows", shadows),
        *(
            ("--population", tmp_path / "p.csv")
            if population
            else ("--synthesis", "surrogate", "--count", 60)
        ),
    )
    assert done.returncode == 0, done.stderr
    found = result(tmp_path / "run")
    names = [one["name"] for one in found["attacks"]]
    assert {"shokri", "loss_threshold", "gap"} <= set(names)
    if population and shadows == 4:
        assert found["primary"] == names[0] == "rmia"
    else:
        assert found["primary"] == "shokri"
        assert "rmia" not in names


@pytest.mark.parametrize("template", [
    TEMPLATE,
    ONE,
    TEMPLATE.replace("$.results[*].scores", "$.results"),
    TEMPLATE.replace("$.results[*].scores", "$..scores"),
    TEMPLATE.replace("$.results[*]", "$.results[?@.scores]"),
    TEMPLATE.replace("/score", "/bare").replace("rows", "instances").replace("$.results[*].scores", "$[*]"),
])  # fmt: skip
def test_anything_else_is_attacked_by_a_template(audit, world, tmp_path, template):
    file = tmp_path / "target.toml"
    file.write_text(template)
    if '"$.results"' in template:
        file.write_text(template.replace("/score", "/v1/models/m:predict").replace("rows", "instances")
                        .replace("$.results", "$.predictions"))  # fmt: skip
    done = audit("http", "--template", file)
    assert done.returncode == 0, done.stderr
    assert result(tmp_path / "run")["attacks"][1]["auc"]["value"] == 1.0
    assert world.largest <= 40
    assert world.seen[0][1]["X-Model"] == "m"


def test_a_provider_like_ours_is_one_more_dialect(service, audit, world, tmp_path):
    world.url = service.url
    done = audit("native", "--model", "m-target", ATTACKER_TARGET_KEY="key_1")
    assert done.returncode == 0, done.stderr
    assert result(tmp_path / "run")["attacks"][1]["auc"]["value"] == 1.0


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("sigmoids", "they are no probabilities of classes"),
        ("nan", "did not answer JSON"),
        ("short", "predictions to"),
        ("members", "name no classes with a number each"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_trained(service, audit, world, answers, told):
    world.answers = answers
    done = audit("instances")
    assert done.returncode in (3, 4)
    assert told in done.stderr
    assert service.seen("POST /v1/models") == 0


def test_classes_in_another_order_are_told_and_can_be_given(audit, world, tmp_path):
    world.order = (2, 0, 1)
    done = audit("instances")
    assert done.returncode == 3
    assert "say --classes 2,0,1" in done.stderr
    done = audit("instances", "--classes", "2,0,1", out="again")
    assert done.returncode == 0, done.stderr
    assert result(tmp_path / "again")["attacks"][1]["auc"]["value"] == 1.0


def test_a_request_that_is_too_large_is_sent_in_parts(audit, world, tmp_path):
    world.most = 7
    assert audit("instances").returncode == 0
    assert world.largest <= 7
    counted = result(tmp_path / "run")["ledger"]["target_queries"]["requests"]
    assert counted == world.answered, "what a server refused as too large is no request that it answered"
    world.largest = 0
    assert audit("instances", "--batch", 5, out="again").returncode == 0
    assert world.largest == 5


def test_the_targets_key_goes_to_the_target_alone(audit, world, tmp_path):
    world.key = "secret-1"
    refused = audit("instances", "--key-header", "X-Key", ATTACKER_TARGET_KEY="wrong")
    assert refused.returncode == 4
    assert "who are you?" in refused.stderr
    (tmp_path / "key").write_text("secret-1\n")
    done = audit("instances", "--key-header", "X-Key", ATTACKER_TARGET_KEY_FILE=str(tmp_path / "key"))
    assert done.returncode == 0, done.stderr
    assert not any("secret-1" in str(headers.get("Authorization")) for _, headers in world.seen)
    assert "secret-1" not in (tmp_path / "run" / "report.html").read_text()
    assert b"secret-1" not in (tmp_path / "run" / "run.sqlite").read_bytes()


def test_nothing_is_asked_twice_when_a_run_goes_on(service, audit, world, tmp_path):
    service.fail("/v1/datasets", "redirect", times=1)
    first = audit("instances")
    assert first.returncode == 4, first.stderr
    asked = len(world.seen)
    assert audit("instances").returncode == 0
    assert len(world.seen) == asked
    assert audit("instances").returncode == 0
    assert len(world.seen) == asked


def test_where_shadows_are_trained_must_be_said(audit):
    done = audit("instances", shadows_at=False)
    assert done.returncode == 2
    assert "--shadows-at" in done.stderr


@pytest.mark.parametrize(
    ("dialect", "more", "told"),
    [
        ("instance", (), "did you mean 'instances'?"),
        ("instances:paths=/x", (), "does not set the dialect"),
        ("http", (), "needs a --template"),
        ("instances", ("--answers", "scores"), "--answers is one of"),
        ("instances", ("--classes", "0,0,1"), "names each class once"),
        ("instances", ("--key-header", "a b"), "no header 'a b'"),
        ("instances", ("--fail-above", "auc"), "METRIC=RATE"),
        ("open_inference:output=nothing", (), "no such output"),
    ],
)
def test_a_mistake_is_one_line(audit, dialect, more, told):
    done = audit(dialect, *more, ATTACKER_TARGET_KEY="secret-1")
    assert done.returncode in (2, 4)
    assert told in done.stderr


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("[request", "no TOML"),
        (TEMPLATE.replace("predictions", "prediction"), "answer.predictions"),
        (TEMPLATE.replace("{{records}}", "1"), "either {{records}} or {{record}}"),
        (TEMPLATE.replace("$.results[*]", "$.results[["), "no JSONPath"),
        (TEMPLATE.replace("$.results[*]", "$.results[?search(@.scores, '(a+)+b')]"), "is not defined"),
        (TEMPLATE.replace("$.results[*]", "$..[*]..[*]"), "descends (..) once"),
        (TEMPLATE.replace("$.results[*]", "$.results[*, *]"), "one selector"),
        (
            TEMPLATE.replace("$.results[*]", "$.results[?@.a == 1 || !(@..b)]"),
            "look at members of each child",
        ),
        (TEMPLATE.replace("$.results[*]", "$.results[?$.a]"), "look at members of each child"),
        (TEMPLATE.replace("$.results[*]", f"$.results{'.a' * 500}"), "1,000 characters at most"),
        (TEMPLATE.replace("X-Model", "Content-Length"), "no header 'Content-Length'"),
        (TEMPLATE.replace("X-Model", '"é"'), "no header 'é'"),
        (TEMPLATE.replace('"m"', '"é"'), "characters that no header has"),
    ],
)
def test_a_template_that_cannot_be_read_says_where(audit, tmp_path, template, told):
    (tmp_path / "target.toml").write_text(template)
    done = audit("http", "--template", tmp_path / "target.toml")
    assert done.returncode == 2
    assert told in done.stderr


def test_a_pipeline_is_failed_by_what_leaks(audit, world):
    assert audit("instances", "--fail-above", "auc=1").returncode == 0
    done = audit("instances", "--fail-above", "auc=0.6")
    assert done.returncode == 7
    [line] = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "The model leaks: auc of loss_threshold is 1.000" in line
    done = audit("instances", "--fail-above", "tpr@0.001=0.05")
    assert done.returncode == 3
    assert "cannot be told: that takes" in done.stderr


def test_a_limit_of_a_low_rate_is_a_fraction_that_may_be_met():
    def judged(value):
        rate = {"value": value, "low": 0.0, "high": 1.0}
        return {"primary": "one", "attacks": [{"name": "one", "tpr_at_fpr": {"0.01": rate}}]}

    Limit.read("tpr@0.01=0.05").check(judged(0.05))
    with pytest.raises(LeaksTooMuch, match=r"tpr@0\.01 of one is 0\.051 .*above 0\.05"):
        Limit.read("tpr@0.01=0.05").check(judged(0.051))


def test_a_server_that_lists_nothing_is_asked_for_probabilities(audit, world, tmp_path):
    world.listed = False
    assert audit("open_inference:datatype=FP32").returncode == 0
    found = result(tmp_path / "run")
    assert found["deployed"]["answers"] == "probabilities"
    assert found["ledger"]["target_queries"]["requests"] == world.answered, "every question is counted"


def test_a_server_that_has_no_probabilities_is_asked_for_what_it_has(audit, world, tmp_path):
    world.listed, world.offered = False, {"predict"}
    assert audit("open_inference:datatype=FP32").returncode == 0
    found = result(tmp_path / "run")
    assert found["deployed"]["answers"] == "labels"
    assert found["ledger"]["target_queries"]["requests"] == world.answered


def test_dialects_are_listed_with_their_settings():
    done = attacker("dialects")
    assert done.returncode == 0
    assert all(name in done.stdout for name in DIALECTS.names())
    assert "send=instances" in done.stdout
