"""Receipts and change orders at the same instant: each is booked, answered and applied once."""

import pytest

from tests.side_by_side import act, postgres_database

SCENES = "tests.contracts.money_at_once"

pytestmark = pytest.mark.alone


def test_money_at_once_on_sqlite(tmp_path):
    assert act(SCENES, tmp_path) == "sqlite ok"


@pytest.mark.postgres
def test_money_at_once_on_postgres(tmp_path):
    with postgres_database() as url:
        assert act(SCENES, tmp_path, url) == "postgresql ok"
