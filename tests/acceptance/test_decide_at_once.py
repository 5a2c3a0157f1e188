"""Fifty decisions on one acceptance at the same instant: exactly one wins, the others are told."""

import pytest

from tests.side_by_side import act, postgres_database

SCENES = "tests.acceptance.decide_at_once"

pytestmark = pytest.mark.alone


def test_fifty_decisions_at_once_on_sqlite(tmp_path):
    assert act(SCENES, tmp_path) == "sqlite ok"


@pytest.mark.postgres
def test_fifty_decisions_at_once_on_postgres(tmp_path):
    with postgres_database() as url:
        assert act(SCENES, tmp_path, url) == "postgresql ok"
