"""The conversation with the virus scanner: what it says is believed only when it is unmistakable."""

from __future__ import annotations

import io
import socket

import pytest

from documents.clamd import PIECE, TooBig, Unanswered, scan
from tests.documents.clamd_double import EICAR, scanner


@pytest.fixture
def clamd():
    with scanner() as running:
        yield running


def test_clean_content_goes_in_pieces_with_their_length(clamd):
    assert scan(clamd.address, io.BytesIO(b"x" * (2 * PIECE + 7))) == ""
    assert clamd.sizes == [[PIECE, PIECE, 7]]
    assert clamd.wrong == []


def test_nothing_is_clean_too(clamd):
    assert scan(clamd.address, io.BytesIO(b"")) == ""
    assert clamd.sizes == [[]]


@pytest.mark.parametrize("before", [0, PIECE - 10, 3 * PIECE])
def test_a_virus_is_named_wherever_it_lies(clamd, before):
    assert scan(clamd.address, io.BytesIO(b"x" * before + EICAR)) == "Eicar-Test-Signature"


def test_a_local_socket(tmp_path):
    with scanner(str(tmp_path / "clamd.ctl")) as running:
        assert scan(running.address, io.BytesIO(b"plain")) == ""
        assert scan(running.address, io.BytesIO(EICAR)) == "Eicar-Test-Signature"


def test_more_than_it_takes_is_neither_clean_nor_infected(clamd):
    clamd.limit = 10 * PIECE
    with pytest.raises(TooBig):
        scan(clamd.address, io.BytesIO(b"x" * (10 * PIECE + 1)))


@pytest.mark.parametrize("mood", ["rude", "mad", "empty"])
def test_no_answer_one_can_trust_is_no_answer(clamd, mood):
    clamd.mood = mood
    with pytest.raises(Unanswered):
        scan(clamd.address, io.BytesIO(b"x" * 1_000_000))


@pytest.mark.parametrize("mood", ["deaf", "slow"])
def test_patience_ends_however_slowly_it_talks(clamd, mood):
    clamd.mood = mood
    with pytest.raises(Unanswered):
        scan(clamd.address, io.BytesIO(b"x"), patience=1)


def test_a_slow_answer_in_time_is_an_answer(clamd):
    clamd.mood = "slow"
    assert scan(clamd.address, io.BytesIO(b"x")) == ""


def test_nobody_listens(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    for address in (f"tcp://127.0.0.1:{port}", f"unix://{tmp_path}/none.ctl"):
        with pytest.raises(Unanswered):
            scan(address, io.BytesIO(b"x"))
