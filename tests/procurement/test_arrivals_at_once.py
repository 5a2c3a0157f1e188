"""One purchase written at the same instant: nothing twice, nothing lost, nobody stuck."""

import pytest

from tests.side_by_side import act, postgres_database

SCENES = "tests.procurement.arrivals_at_once"

pytestmark = pytest.mark.alone


def test_deeds_at_once_on_sqlite(tmp_path):
    assert act(SCENES, tmp_path) == "sqlite ok"


@pytest.mark.postgres
def test_deeds_at_once_on_postgres(tmp_path):
    with postgres_database() as url:
        assert act(SCENES, tmp_path, url) == "postgresql ok"
