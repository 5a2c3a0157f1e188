"""Project codes have no gaps and no twins, however many people open contracts at once."""

import pytest

from tests.side_by_side import act, postgres_database

SCENES = "tests.contracts.open_twenty"

pytestmark = pytest.mark.alone


def test_codes_are_gap_free_on_sqlite(tmp_path):
    assert act(SCENES, tmp_path) == "sqlite ok"


@pytest.mark.postgres
def test_codes_are_gap_free_on_postgres(tmp_path):
    with postgres_database() as url:
        assert act(SCENES, tmp_path, url) == "postgresql ok"
