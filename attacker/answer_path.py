"""A JSONPath (RFC 9535) that takes no longer than the answer it looks into is long.

Games bring templates of strangers, and a path can be made to work for ever: a pattern that backtracks, a
descent within descents, the same children named again and again. What is left has found its way in every API
that we met: names, places, slices, `*`, one descent, and filters that look at members of each child.
"""

import jsonpath
from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.filter import BaseExpression, FilterQuery, RelativeFilterQuery
from jsonpath.segments import JSONPathRecursiveDescentSegment as Descent
from jsonpath.selectors import Filter

LONGEST = 1_000  # characters


class Bounded(JSONPathEnvironment):
    """The standard without its functions, two of which are patterns."""

    def setup_function_extensions(self) -> None:
        pass


def compiled(text: object) -> JSONPath:
    """Raises ValueError, which says what is wrong with it."""
    if not isinstance(text, str):
        raise ValueError("it is a text, a JSONPath")
    if len(text) > LONGEST:
        raise ValueError(f"a JSONPath has {LONGEST:,} characters at most")
    try:
        path = Bounded(strict=True).compile(text)
    except (jsonpath.JSONPathError, OverflowError) as error:  # the other for a number such as 1e999
        raise ValueError(f"it is no JSONPath ({str(error).partition(chr(10))[0]})") from error
    assert isinstance(path, JSONPath)  # several in one are not of the standard
    check_work(path)
    return path


def check_work(path: JSONPath) -> None:
    """Raises ValueError for a path that could visit a child of the answer again and again."""
    if any(len(segment.selectors) > 1 for segment in path.segments):
        raise ValueError("it has one selector in each pair of brackets")
    if sum(isinstance(segment, Descent) for segment in path.segments) > 1:
        raise ValueError("it descends (..) once at most")
    filters = [
        chosen for segment in path.segments for chosen in segment.selectors if isinstance(chosen, Filter)
    ]
    if any(far(query) for chosen in filters for query in queries(chosen.expression)):
        raise ValueError("its filters look at members of each child alone, as in [?@.name == 'scores']")


def far(query: FilterQuery) -> bool:
    return not (isinstance(query, RelativeFilterQuery) and query.path.singular_query())


def queries(expression: BaseExpression) -> list[FilterQuery]:
    """All within a filter, but for what is within these."""
    if isinstance(expression, FilterQuery):
        return [expression]
    return [query for child in expression.children() for query in queries(child)]
