"""Profiles: what a customer sees and may choose, and how the operator is told of a mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import services.mlaas
from services.mlaas.model_type import MODEL_TYPES
from services.mlaas.profile import OptionNotOffered, OptionOutOfRange, ProfileInvalid, load_profiles

SHIPPED = Path(services.mlaas.__file__).parent / "profiles"
PROFILES = load_profiles(SHIPPED)

PROFILE = """
summary = "Two settings."
price = {{ currency = "USD", training = 0.0, per_1000_records = 0.1 }}
{more}
[[options]]
name = "passes"
kind = "integer"
default = 10
minimum = 1
maximum = 100
sets = "{sets}"
[[candidates]]
model_type = "{model_type}"
parameters = {parameters}
"""


def write(folder: Path, **changes: str) -> Path:
    values = {"more": "", "sets": "max_passes", "model_type": "logistic_regression", "parameters": "{}"}
    path = folder / "mine.toml"
    path.write_text(PROFILE.format(**values | changes))
    return path


@pytest.mark.parametrize("name", PROFILES)
def test_what_is_public_says_nothing_of_what_is_inside(name: str) -> None:
    profile = PROFILES[name]
    offered = [name, *(option.name for option in profile.options)]
    public = json.dumps(profile.public()).lower()
    for word in offered:
        public = public.replace(f'"{word}"', "")
    hidden = set(MODEL_TYPES.names()) | {key for each in profile.candidates for key in each.parameters}
    assert [word for word in hidden if word in public or word.replace("_", " ") in public] == []
    assert set(profile.public()) == {"name", "summary", "price", "options"}
    assert all(
        set(option) == {"name", "kind", "default", "minimum", "maximum"}
        for option in profile.public()["options"]
    )


def test_the_three_boxes_of_the_paper_are_offered() -> None:
    assert {"google", "amazon", "neural_network", "neural_network_sgd"} <= set(PROFILES)
    assert PROFILES["google"].options == ()
    assert len({candidate.model_type for candidate in PROFILES["google"].candidates}) >= 5
    [logistic] = PROFILES["amazon"].resolve({})
    assert (logistic.parameters["max_passes"], logistic.parameters["weight_decay"]) == (10, 1e-6)


def test_the_other_amazon_configuration_of_the_paper_can_be_chosen() -> None:
    [logistic] = PROFILES["amazon"].resolve({"max_passes": 100, "l2": 1e-4})
    assert logistic.model_type == "logistic_regression"
    assert (logistic.parameters["max_passes"], logistic.parameters["weight_decay"]) == (100, 1e-4)
    [before] = PROFILES["amazon"].candidates
    assert before.parameters["max_passes"] == 10


def test_the_image_profile_is_the_papers_network_and_says_what_it_takes() -> None:
    profile = PROFILES["neural_network_image"]
    [cnn] = profile.resolve({})
    assert (cnn.model_type, cnn.parameters["hidden"], len(cnn.parameters["filters"])) == ("cnn", 128, 2)
    descent = [cnn.parameters[name] for name in ("learning_rate", "decay", "epochs")]
    assert descent == [1e-3, 1e-7, 100]
    assert "images" in profile.public()["summary"]
    assert [name for name, each in PROFILES.items() if each.takes_images] == ["neural_network_image"]


def test_an_option_that_is_not_offered_is_refused_with_those_that_are() -> None:
    with pytest.raises(OptionNotOffered, match="it has max_passes, l2"):
        PROFILES["amazon"].resolve({"epochs": 3})
    with pytest.raises(OptionNotOffered, match="it has none"):
        PROFILES["google"].resolve({"hidden": 3})


@pytest.mark.parametrize("value", [0, 1001, 1.5, True, "10", None, [10], float("nan"), float("inf")])
def test_a_value_that_is_not_offered_is_refused_with_the_range(value: object) -> None:
    with pytest.raises(OptionOutOfRange, match="max_passes takes an integer from 1 to 1000"):
        PROFILES["amazon"].resolve({"max_passes": value})


def test_a_folder_with_a_new_file_has_a_new_profile(tmp_path: Path) -> None:
    write(tmp_path)
    [candidate] = load_profiles(tmp_path)["mine"].resolve({"passes": 7.0})
    assert candidate.parameters["max_passes"] == 7


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"more": "holdot = 0.2"}, "holdot: Extra inputs"),
        ({"more": "holdout = 1.5"}, "holdout: Input should be less than 1"),
        ({"more": "holdout = "}, "not TOML"),
        ({"more": "name = 'yours'"}, "name: the file's name"),
        ({"model_type": "logistic_regresion"}, "candidates.0.*did you mean logistic_regression"),
        ({"parameters": "{ passes = 3 }"}, "candidates.0.passes: Extra inputs"),
        ({"parameters": "{ batch = 'ten' }"}, "candidates.0.batch: Input should be a valid integer"),
        ({"parameters": "{ batch = 0 }"}, "candidates.0.batch: Input should be greater than 0"),
        ({"sets": "passes"}, "logistic_regression has no hyperparameter 'passes'"),
    ],
)
def test_a_wrong_file_is_named_with_its_wrong_key(
    tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(ProfileInvalid, match=complaint) as caught:
        load_profiles(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_one_candidate_takes_any_number_of_records(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text() + "most_records = 100\n")
    with pytest.raises(ProfileInvalid, match="do without most_records"):
        load_profiles(tmp_path)


def test_one_candidate_takes_any_number_of_records_that_are_no_images(tmp_path: Path) -> None:
    any_records = 'model_type = "mlp"\nmost_records = 5000\n'
    candidates = f'[[candidates]]\nmodel_type = "cnn"\n[[candidates]]\n{any_records}'
    (tmp_path / "mine.toml").write_text(
        'summary = "x"\nprice = { currency = "USD", training = 0, per_1000_records = 0 }\n' + candidates
    )
    with pytest.raises(ProfileInvalid, match="one that takes any records must do without most_records"):
        load_profiles(tmp_path)


def test_two_candidates_of_one_type_need_names(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text() + '[[candidates]]\nmodel_type = "logistic_regression"\n')
    with pytest.raises(ProfileInvalid, match="need names that differ"):
        load_profiles(tmp_path)


def test_profiles_are_read_without_the_libraries_of_training() -> None:
    program = (
        "import sys; from pathlib import Path; from services.mlaas.profile import load_profiles;"
        "load_profiles(Path(sys.argv[1])); print({'torch', 'sklearn'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(SHIPPED)]
    environment = {"PYTHONPATH": ":".join(sys.path)}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
