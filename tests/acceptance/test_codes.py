"""The verification code: what it says, how people type it, and that nobody without the key makes one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from acceptance.paper.codes import Code, Edition, code_for, instant, read_code

FACTS = {"contract": "HT-2026-018", "steps": [["passed", "赵质检"]]}


@pytest.fixture
def code():
    return code_for(Edition.OFFICE, 12, instant(), FACTS)


def test_a_code_is_read_as_it_was_written(code):
    assert read_code(str(code)) == code
    assert code.agrees(FACTS)


def test_any_other_fact_is_another_code(code):
    assert not code.agrees({**FACTS, "contract": "HT-2026-019"})
    assert not code.agrees({**FACTS, "steps": [["passed", "赵质检 "]]})


def test_the_instant_is_not_before_what_was_recorded_just_now():
    now = timezone.now()
    assert timedelta(0) < instant() - now < timedelta(seconds=1)


def test_people_type_small_letters_spaces_and_look_alikes(code):
    text = str(code)
    head, rest = text.split("-", 1)
    sloppy = f" {head.lower()} – {rest.lower().replace('-', '  ').replace('0', 'o').replace('1', 'l')} "
    assert read_code(sloppy) == code
    full_width = "".join(chr(ord(sign) + 0xFEE0) if sign != "-" else "－" for sign in text)
    assert read_code(full_width) == code


@pytest.mark.parametrize(
    "text",
    ["", "A12", "x" * 5000, "B12-000000000-0000-0000-0000", "A0-000000000-0000-0000-0000", "\x00",
     "A12-00000000U-0000-0000-0000", "A" + "9" * 30 + "-000000000-0000-0000-0000",
     "A١٢-000000000-0000-0000-0000", "A12-000000000-0000-0000-000"],
)  # fmt: skip
def test_what_is_no_code_is_none(text):
    assert read_code(text) is None


def test_the_last_instant_that_fits_is_read():
    found = read_code("A1-ZZZZZZZZZ-0000-0000-0000")
    assert isinstance(found, Code)
    assert found.until.year > 3000


def test_the_key_of_the_site_makes_the_code(code, settings):
    settings.AUDIT_KEY = b"another key" * 4
    assert not code.agrees(FACTS)
    assert code_for(code.edition, code.acceptance, code.until, FACTS).mark != code.mark
