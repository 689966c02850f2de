"""Which of an account's models or data sources a list has, by one of Amazon's variables."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne

from sqlalchemy import ColumnElement, func

from services.mlaas.facades.amazon_ml.schemas import Listing
from services.web.problem import InvalidRequest

Column = ColumnElement[str]
Condition = ColumnElement[bool]


def begins(column: Column, text: str) -> Condition:
    """Not LIKE, which is blind to capitals on SQLite alone."""
    return func.substr(column, 1, len(text)) == text


COMPARED: Mapping[str, Callable[[Column, str], Condition]] = {
    "EQ": eq,
    "NE": ne,
    "GT": gt,
    "GE": ge,
    "LT": lt,
    "LE": le,
    "Prefix": begins,
}


def conditions(asked: Listing, columns: Mapping[str, Column]) -> Sequence[Condition]:
    """All of which must hold; none for who asks for everything.

    Raises InvalidRequest for a variable that is not among the columns, and for half a filter.
    """
    variable = asked.FilterVariable
    values = {word: value for word in COMPARED if (value := getattr(asked, word)) is not None}
    if variable is None and not values:
        return ()
    if variable is None or variable not in columns or not values:
        raise InvalidRequest(
            f"A filter is a FilterVariable, here {', '.join(columns)}, and one of {', '.join(COMPARED)}."
        )
    return [COMPARED[word](columns[variable], value) for word, value in values.items()]
