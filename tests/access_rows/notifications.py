"""Routes of notifications."""

from typing import Any

from tests.access_rows import INSIDE, NOBODY, TOP, Row


def told(cast: Any, contract: Any) -> dict[str, Any]:
    """A message to the project manager about the contract."""
    from django.contrib.contenttypes.models import ContentType

    from notifications.models import Message

    kind = ContentType.objects.get_for_model(contract)
    message, _new = Message.objects.get_or_create(
        key=f"matrix-{contract.pk}", recipient=cast["pm"], target_type=kind, target_id=contract.pk
    )
    return {"pk": message.pk}


def nudged(cast: Any, contract: Any) -> dict[str, Any]:
    """A nudge by sales to 小张 about the contract."""
    return {"pk": _receiver(cast, contract).nudge_id}


def linked(cast: Any, contract: Any) -> dict[str, Any]:
    """A signed link of such a nudge."""
    from notifications.answers import link_for_nudge

    return {"token": link_for_nudge(_receiver(cast, cast.own)).rstrip("/").split("/")[-1]}


def _receiver(cast: Any, contract: Any) -> Any:
    from django.contrib.contenttypes.models import ContentType

    from notifications.models import Nudge, NudgeReceiver

    facts = {"target_type": ContentType.objects.get_for_model(contract), "target_id": contract.pk}
    nudge, _new = Nudge.objects.get_or_create(
        pk=770_000 + contract.pk,  # a number that no page holds by chance
        defaults={"author": cast["sales"], "contract_id": contract.pk, "text": "请今天更新", **facts},
    )
    return NudgeReceiver.objects.get_or_create(nudge=nudge, person=cast.people["staff.mech"])[0]


def reported(cast: Any, contract: Any) -> dict[str, Any]:
    """A card of the project manager; in place of the foreign contract somebody else's."""
    from notifications.models import Report

    owner = "disabled" if contract == cast.foreign else "pm"
    return {"pk": Report.objects.get_or_create(user=cast[owner], subject="card", medium="email")[0].pk}


def about(cast: Any, contract: Any) -> dict[str, Any]:
    return {"pk": contract.pk, "kind": "contract"}


#: Who may nudge somebody in `cast.own`: leaders only where their department has people besides them.
NUDGING = TOP | {"pm", "sales", "leader.mech"}
BOTH = ("GET", "POST")

ROUTES: dict[str, Row] = {
    "notifications:inbox": Row("site"),
    "notifications:open": Row("contract", frozenset({"pm"}), kwargs=told),
    "notifications:tile_inbox": Row("site"),
    "notifications:read": Row("site", methods=("POST",)),
    "notifications:outbox": Row("site", TOP),
    "notifications:outbox_resend": Row("site", TOP, methods=("POST",)),
    "notifications:outbox_put_aside": Row("site", TOP, methods=("POST",)),
    "notifications:settings": Row("site", methods=BOTH),
    "notifications:rhythm": Row("site", methods=("POST",)),
    "notifications:rules": Row("site", TOP, methods=BOTH),
    "notifications:wordings": Row("site", TOP),
    "notifications:wording": Row(
        "site", TOP, methods=BOTH, kwargs=lambda cast, contract: {"event": "task_assigned", "language": "en"}
    ),
    "notifications:dry_run": Row("site", TOP),
    "notifications:card": Row("site"),
    "notifications:reports": Row("site", methods=BOTH),
    "notifications:report_send": Row("contract", frozenset({"pm"}), methods=("POST",), kwargs=reported),
    "notifications:report_remove": Row("contract", frozenset({"pm"}), methods=("POST",), kwargs=reported),
    "notifications:nudges": Row("site"),
    "notifications:nudge_detail": Row("contract", NUDGING | {"staff.mech"}, kwargs=nudged),
    "notifications:answer": Row(
        "contract", frozenset({"staff.mech"}), NUDGING, methods=("POST",), kwargs=nudged
    ),
    "notifications:acknowledge": Row("public", methods=BOTH, kwargs=linked),
    "notifications:nudges_about": Row("contract", INSIDE, kwargs=about),
    "notifications:nudge": Row("contract", NUDGING, INSIDE - NUDGING, methods=BOTH, kwargs=about),
    "notifications:settle": Row("contract", NOBODY, INSIDE, methods=("POST",), kwargs=about),
}
