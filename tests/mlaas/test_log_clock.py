"""The log's time, and leases, whatever is done to the time of day."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from services.mlaas.jobs.leases import Lease, Watch
from services.mlaas.ledger.clock import MINUTE_MS, LogClock, Start

NOW, HOUR_MS = 1_800_000_000_000, 3_600_000


def begun(
    newest: int | None, wall: int = NOW, before: Sequence[Start] = ()
) -> tuple[LogClock, SimpleNamespace]:
    """A clock, and the milliseconds that have passed since."""
    passed = SimpleNamespace(ms=0)
    return LogClock(newest, before, lambda: wall, lambda: passed.ms), passed


@pytest.mark.parametrize("set_by", [-HOUR_MS, 0, HOUR_MS])
def test_what_was_logged_before_a_start_counts_for_a_minute_of_it(set_by: int) -> None:
    """The newest row is of just before the start, and the clock was set meanwhile."""
    clock, passed = begun(newest=NOW, wall=NOW + set_by)
    for seconds, counts in ((0, True), (59, True), (61, False)):
        passed.ms = 1_000 * seconds
        assert (clock.minute_before(clock.now_ms()) < NOW) == counts
    assert clock.counted(NOW) == clock.begun


@pytest.mark.parametrize("set_by", [-HOUR_MS, 0, HOUR_MS])
def test_the_log_never_goes_back_and_goes_on_as_time_passes(set_by: int) -> None:
    clock, passed = begun(newest=NOW, wall=NOW + set_by)
    assert clock.now_ms() >= NOW
    passed.ms = MINUTE_MS
    assert clock.now_ms() - clock.begun == MINUTE_MS
    assert clock.minute_before(clock.now_ms()) == clock.begun


def test_what_was_logged_before_several_starts_counts_for_a_minute_of_the_last() -> None:
    """The clock was set on between two starts that lie five seconds apart."""
    first, passed = begun(newest=NOW, wall=NOW + HOUR_MS)
    passed.ms = 5_000
    logged = first.now_ms()
    second, passed = begun(newest=logged, wall=logged + HOUR_MS, before=first.starts)
    assert second.counted(NOW) == second.begun - 5_000
    for seconds, counts in ((0, True), (54, True), (56, False)):
        passed.ms = 1_000 * seconds
        assert (second.minute_before(second.now_ms()) < NOW) == counts


def test_an_empty_log_begins_at_the_time_of_day() -> None:
    clock, _ = begun(newest=None)
    assert (clock.now_ms(), clock.minute_before(NOW)) == (NOW, NOW - MINUTE_MS)


def test_a_lease_lapses_when_it_was_not_renewed_while_one_watched() -> None:
    now = SimpleNamespace(s=0.0)
    watch = Watch(60.0, lambda: now.s)
    renewed, gone = Lease(1, "w-1", 1, NOW), Lease(2, "w-2", 1, NOW - HOUR_MS)  # expired, by the time of day
    assert watch.lapsed([renewed, gone]) == []
    now.s = 59.0
    assert watch.lapsed([renewed, gone]) == []
    now.s = 61.0
    assert watch.lapsed([renewed._replace(expires_at=NOW + 1), gone]) == [2]
    now.s = 62.0
    assert watch.lapsed([gone._replace(owner="w-3", attempt=2)]) == []


def test_a_lease_does_not_lapse_while_nobody_could_renew_it() -> None:
    now = SimpleNamespace(s=0.0)
    watch, lease = Watch(60.0, lambda: now.s), Lease(1, "w-1", 1, NOW)
    assert watch.lapsed([lease]) == []
    now.s = 100.0  # the database is back
    watch.forget()
    assert watch.lapsed([lease]) == []
    now.s = 161.0
    assert watch.lapsed([lease]) == [1]
