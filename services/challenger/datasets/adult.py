"""Americans of 1994 and whether they earned more than 50,000 dollars a year (Kohavi and Becker)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from services.challenger.cache import Arrays, labels
from services.challenger.dataset import Feature, Records, class_names
from services.challenger.published.codebook import (
    Categorical,
    Codebook,
    Numeric,
    decode,
    description,
    encode,
    numbered,
)
from services.challenger.published.download import Published
from services.challenger.published.fetched import Fetched

FOLDER = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult"
INCOMES = ("<=50K", ">50K")


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Ages, years of education, hours and gains are bounded by their codes, the other two by round numbers above.
# An unknown value is a word of its own, `?`.
CODEBOOK: Codebook = (
    Numeric("age", 17, 90),
    Categorical(
        "workclass",
        words(
            "? Federal-gov Local-gov Never-worked Private Self-emp-inc Self-emp-not-inc State-gov Without-pay"
        ),
    ),
    Numeric("fnlwgt", 0, 1_500_000),
    Categorical(
        "education",
        words(
            "10th 11th 12th 1st-4th 5th-6th 7th-8th 9th Assoc-acdm Assoc-voc Bachelors Doctorate HS-grad "
            "Masters Preschool Prof-school Some-college"
        ),
    ),
    Numeric("education-num", 1, 16),
    Categorical(
        "marital-status",
        words(
            "Divorced Married-AF-spouse Married-civ-spouse Married-spouse-absent Never-married Separated "
            "Widowed"
        ),
    ),
    Categorical(
        "occupation",
        words(
            "? Adm-clerical Armed-Forces Craft-repair Exec-managerial Farming-fishing Handlers-cleaners "
            "Machine-op-inspct Other-service Priv-house-serv Prof-specialty Protective-serv Sales "
            "Tech-support Transport-moving"
        ),
    ),
    Categorical("relationship", words("Husband Not-in-family Other-relative Own-child Unmarried Wife")),
    Categorical("race", words("Amer-Indian-Eskimo Asian-Pac-Islander Black Other White")),
    Categorical("sex", words("Female Male")),
    Numeric("capital-gain", 0, 99_999),
    Numeric("capital-loss", 0, 5_000),
    Numeric("hours-per-week", 1, 99),
    Categorical(
        "native-country",
        words(
            "? Cambodia Canada China Columbia Cuba Dominican-Republic Ecuador El-Salvador England France "
            "Germany Greece Guatemala Haiti Holand-Netherlands Honduras Hong Hungary India Iran Ireland "
            "Italy Jamaica Japan Laos Mexico Nicaragua Outlying-US(Guam-USVI-etc) Peru Philippines Poland "
            "Portugal Puerto-Rico Scotland South Taiwan Thailand Trinadad&Tobago United-States Vietnam "
            "Yugoslavia"
        ),
    ),
)


class Adult(Fetched):
    summary = "people of the US census of 1994, 14 attributes; who earns more than $50,000 (Adult, real)"
    source = "https://archive.ics.uci.edu/dataset/2/adult"
    terms = "CC BY 4.0"
    records, features, classes = 48_842, 108, 2
    files = (
        Published(
            f"{FOLDER}/adult.data",
            most_bytes=3_974_305,
            digest="sha256:5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
        ),
        Published(
            f"{FOLDER}/adult.test",
            most_bytes=2_003_153,
            digest="sha256:a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
        ),
    )
    checksums: ClassVar[Mapping[int, str]] = {
        48_842: "8e86b24f18e7ba015315f80cde0b211ba172ef0c433e9a2fc8925827a004a491"
    }

    def parse(self, files: tuple[Path, ...]) -> Records:
        rows = [row for file in files for row in table(file.read_text("ascii"))]
        incomes = [INCOMES.index(row[-1].removesuffix(".")) for row in rows]  # adult.test ends in full stops
        return self.encoded(numbered(CODEBOOK, [row[:-1] for row in rows]), np.array(incomes))

    def encoded(self, numbers: NDArray[Any], labels: NDArray[Any]) -> Records:
        return Records(encode(CODEBOOK, numbers), labels.astype(np.int64), class_names(self.classes))

    def format(self) -> tuple[Feature, ...]:
        return description(CODEBOOK)

    def pack(self, records: Records) -> Arrays:
        """As integers: those of words are positions in `cat_<attribute>`."""
        return legend() | {"x": decode(CODEBOOK, records.features), "y": records.labels.astype(np.int16)}

    def unpack(self, arrays: Arrays) -> Records:
        for name, meant in legend().items():
            if arrays[name].dtype.kind != "U" or not np.array_equal(arrays[name], meant):
                raise ValueError(f"its {name} are not those of the codebook")
        return self.encoded(arrays["x"], labels(arrays))


def table(text: str) -> list[list[str]]:
    """The words of each line `39, State-gov, ...`; adult.test begins with a line of another kind."""
    lines = (line for line in text.splitlines() if line and not line.startswith("|"))
    return [[word.strip() for word in line.split(",")] for line in lines]


def legend() -> Arrays:
    lists: Arrays = {
        f"cat_{one.name.replace('-', '_')}": np.array(one.words)
        for one in CODEBOOK
        if isinstance(one, Categorical)
    }
    return lists | {"columns": np.array([one.name for one in CODEBOOK])}
