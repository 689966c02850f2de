import numpy as np
import pytest

from attacker.errors import ConfigurationError
from attacker.records import Records, read, read_truth

CLASSES = ("cat", "dog", "7")


@pytest.fixture
def file(tmp_path):
    def write(content, name="r.csv"):
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content)
        else:
            np.save(path, content)
        return path

    return write


@pytest.mark.parametrize("header", ["", "kind,weight,age\n"])
def test_a_csv_is_read_with_and_without_a_header(file, header):
    records = read(file(header + "dog,1,2.5\ncat,0,-1\n7.0,3,4\n"), CLASSES, 2)
    assert records.labels.tolist() == [1, 0, 2]
    assert records.features.tolist() == [[1, 2.5], [0, -1], [3, 4]]


def test_a_csv_as_spreadsheets_save_it_is_read(file):
    assert read(file("\ufeffdog,1,2\n"), CLASSES, 2).labels.tolist() == [1]


def test_npy_labels_are_the_names_of_integer_classes(file):
    records = read(file(np.array([[7, 1, 2], [3, 4, 5]]), "r.npy"), ("3", "7"), 2)
    assert records.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "holds no records"),
        ("cat,1,2\ndog,1\n", "record 1 has 2 fields"),
        ("cat,1,2\nwolf,1,2\n", "label 'wolf'"),
        ("cat,1,x\n", "must be numbers .*`challenger create` takes words"),
        ("cat,1,nan\n", "NaN and infinity"),
        ("cat,1,2,3\n", "3 features a record where the model takes 2"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_with_the_place(file, content, told):
    with pytest.raises(ConfigurationError, match=told):
        read(file(content), CLASSES, 2)


@pytest.mark.parametrize("content", [f"cat,1,{'x' * 50_000}\n", f"{'x' * 50_000},1,2\n"])
def test_a_refusal_is_not_as_long_as_a_cell(file, content):
    with pytest.raises(ConfigurationError) as refusal:
        read(file(content), CLASSES, 2)
    assert len(str(refusal.value)) < 1_000


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (np.array([[0.0, np.inf, 1]]), "NaN and infinity"),
        (np.zeros(4), "2-D array"),
        (np.array([["a", "b"]]), "no NPY file of numbers"),
        (np.array([[9, 1, 1]]), "label '9'"),
        (np.array([[1, 1, 1], [0.5, 1, 1]]), r"record 1 has the label 0\.5"),
    ],
)
def test_an_npy_that_cannot_be_used_is_refused(file, content, told):
    with pytest.raises(ConfigurationError, match=told):
        read(file(content, "r.npy"), ("0", "1"), 2)


def test_a_pickle_is_not_opened(file, tmp_path):
    path = tmp_path / "r.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ConfigurationError, match="no NPY file of numbers"):
        read(path, CLASSES, None)


def test_another_kind_of_file_is_refused(file):
    with pytest.raises(ConfigurationError, match=r"\.npy and \.csv"):
        read(file("", "r.parquet"), CLASSES, None)


def test_each_record_is_taken_once_in_the_order_of_the_file():
    records = Records.of(np.array([[0, 5, 5], [1, 2, 2], [0, 5, 5], [1, 5, 5], [0, 1, 1]]))
    assert records.distinct().features[:, 0].tolist() == [5, 2, 1]


def test_candidates_are_taken_out_of_the_population():
    population = Records.of(np.array([[0, 5, 5], [1, 2, 2], [0, 1, 1]]))
    candidates = Records.of(np.array([[1, 2.0, 2.0]]))
    assert population.without(candidates).features[:, 0].tolist() == [5, 1]


@pytest.mark.parametrize("truth", [[0, 1, 1], [0, 2], [1, 1]])
def test_a_truth_that_does_not_fit_is_refused(file, truth):
    with pytest.raises(ConfigurationError, match=r"truth is 0 or 1|members and non-members"):
        read_truth(file(np.array(truth), "t.npy"), 2)


def test_a_truth_is_one_targets(file):
    assert read_truth(file(np.array([False, True]), "t.npy"), 2).tolist() == [[False, True]]
