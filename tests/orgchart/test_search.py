"""People and companies in the global search."""

import pytest

from orgchart import services
from orgchart.queries import find_companies, find_people


@pytest.mark.parametrize("text", ["客户一", "kehuyi", "khy", "KHY"])
def test_found_by_name_sound_and_initials(cast, text):
    services.create_company(actor=cast["boss"], name="客户一")
    (hit,) = find_companies(cast["staff.mech"], text, 5)
    assert (hit.title, hit.url) == ("客户一", "/org/companies/?q=%E5%AE%A2%E6%88%B7%E4%B8%80")


def test_people_with_their_department(cast):
    (hit,) = find_people(cast["outsider"], "小张", 5)
    assert (hit.title, hit.note) == ("小张", "机械部")
    assert find_people(cast["outsider"], "离职者", 5) == []


def test_customers_and_disabled_people_find_nobody(cast):
    for who in ("customer.a", "disabled"):
        assert find_people(cast[who], "小", 5) == find_companies(cast[who], "蓝海", 5) == []
