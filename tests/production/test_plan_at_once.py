"""Changes of one plan at the same instant: one after the other, nothing twice, nobody stuck."""

import pytest

from tests.side_by_side import act, postgres_database

SCENES = "tests.production.plan_at_once"

pytestmark = pytest.mark.alone


def test_changes_at_once_on_sqlite(tmp_path):
    assert act(SCENES, tmp_path) == "sqlite ok"


@pytest.mark.postgres
def test_changes_at_once_on_postgres(tmp_path):
    with postgres_database() as url:
        assert act(SCENES, tmp_path, url) == "postgresql ok"
