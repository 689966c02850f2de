"""Statements whose text is made once: to look it up at every call takes longer than the database takes."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Insert
from sqlalchemy.sql.expression import ClauseElement


class Prepared:
    """A statement, its values given by the names of its bind parameters."""

    def __init__(self, statement: ClauseElement) -> None:
        self.text = cache(lambda dialect: compiled(statement, dialect))

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        text, names, constants = self.text(connection.dialect)
        given = {**constants, **values}
        return connection.exec_driver_sql(text, tuple(given[name] for name in names))


class PreparedRows:
    """Rows of the named columns, all in one statement: the driver asks for the interpreter once for each."""

    def __init__(self, into: Insert, columns: Iterable[str]) -> None:
        self.row = cache(lambda dialect: compiled(into, dialect, list(columns)))

    def run(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        text, names, _ = self.row(connection.dialect)
        values = tuple(row[name] for row in rows for name in names)
        connection.exec_driver_sql(many(text, len(rows)), values)


def compiled(
    statement: ClauseElement, dialect: Dialect, columns: list[str] | None = None
) -> tuple[str, list[str], dict[str, Any]]:
    """The text with a place for every value, whose each place is, and the values that never change."""
    placed: Any = type(dialect)
    style = "qmark" if dialect.name == "sqlite" else "format"
    made: Any = statement.compile(dialect=placed(paramstyle=style), column_keys=columns)
    constants = {name: value for name, value in made.params.items() if value is not None}
    return str(made), list(made.positiontup), constants


def many(text: str, rows: int) -> str:
    head, values, row = text.partition(" VALUES ")
    return head + values + ", ".join([row] * rows)
