"""Clients signed in as people of the cast."""

import pytest
from django.test import Client


@pytest.fixture
def sign_in(cast):
    def client(who: str) -> Client:
        found = Client()
        found.force_login(cast[who])
        return found

    return client


@pytest.fixture
def boss(sign_in):
    return sign_in("boss")
