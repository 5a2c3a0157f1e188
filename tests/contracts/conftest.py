"""Clients signed in as people of the cast."""

import pytest


@pytest.fixture
def boss(sign_in):
    return sign_in("boss")
