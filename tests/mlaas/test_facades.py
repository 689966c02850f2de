"""Which other services' APIs are open is the operator's to say."""

from pathlib import Path

import pytest

from services.mistake import Mistake
from services.mlaas import facade
from services.mlaas.app import create_app
from services.mlaas.settings import Settings
from torture.described.permissions import routes_of


def open_routes(folder: Path, facades: str) -> set[str]:
    return routes_of(create_app(Settings(data=folder, facades=facades)))


def test_each_facade_is_opened_by_its_name(tmp_path: Path) -> None:
    ours = open_routes(tmp_path, "none")
    parts = [open_routes(tmp_path, name) - ours for name in facade.names()]
    assert all(parts)
    assert open_routes(tmp_path, "all") - ours == set().union(*parts)
    assert open_routes(tmp_path, " , ".join(facade.names())) - ours == set().union(*parts)


def test_a_facade_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no facade named 'gogle': say all, none, or some of"):
        open_routes(tmp_path, "gogle")
