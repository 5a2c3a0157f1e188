"""Run by test_versions in a process of its own: several people store versions at the same instant."""

import sys

from tests import side_by_side


def at_once(*deeds):
    """What each answered, refusals as their sentence."""
    from erp.workflow import Blocked

    answers = side_by_side.at_once(*deeds, refusals=(Blocked,))
    return [str(answer) if isinstance(answer, Blocked) else answer for answer in answers]


def whole(document):
    """The numbers of a document's versions; each has its own bytes, of the hash that its row names."""
    from documents import store

    versions = list(document.versions.order_by("number"))
    for version in versions:
        assert store.sha256_of(version.key) == version.sha256, version.key
    document.refresh_from_db()
    assert document.current_id == versions[-1].pk
    return [version.number for version in versions]


def two_versions(cast):
    from tests.documents.helpers import PDF, again, put

    document = put(cast.own, cast["staff.mech"])
    people = ["staff.mech", "leader.mech", "pm", "boss"]
    contents = [PDF + name.encode() for name in people]
    made = at_once(
        *(lambda n=n, c=c: again(document, cast[n], content=c) for n, c in zip(people, contents, strict=True))
    )
    assert sorted(version.number for version in made) == [2, 3, 4, 5], made
    assert whole(document) == [1, 2, 3, 4, 5]


def one_form_sent_twice(cast):
    from documents.services import upload_version
    from tests.documents.helpers import PDF, put, upload

    document = put(cast.own, cast["staff.mech"])

    def send():
        return upload_version(document, upload(PDF + b"2", "a.pdf", token="t"), actor=cast["pm"])

    first, second, third = at_once(send, send, send)
    assert first.pk == second.pk == third.pk
    assert whole(document) == [1, 2]


def check_out_against_version(cast):
    """Either the version came first, or it is refused by name."""
    from documents.services import check_out
    from tests.documents.helpers import again, put

    for _ in range(3):
        document = put(cast.own, cast["staff.mech"])
        _out, made = at_once(
            lambda d=document: check_out(d, actor=cast["pm"]), lambda d=document: again(d, cast["staff.mech"])
        )
        numbers = whole(document)
        assert numbers == ([1] if isinstance(made, str) else [1, 2]), (numbers, made)
        assert not isinstance(made, str) or "何项目" in made, made


def documents_side_by_side(cast):
    from documents.models import Document
    from tests.documents.helpers import put

    before = Document.objects.count()
    at_once(*(lambda n=n: put(cast.own, cast[n]) for n in ("staff.mech", "pm", "qc", "buyer")))
    assert Document.objects.count() == before + 4


if __name__ == "__main__":
    sys.exit(
        side_by_side.play(
            two_versions, one_form_sent_twice, check_out_against_version, documents_side_by_side
        )
    )
