"""Routes of notifications."""

from typing import Any

from tests.access_rows import Row


def told(cast: Any, contract: Any) -> dict[str, Any]:
    """A message to the project manager about the contract."""
    from django.contrib.contenttypes.models import ContentType

    from notifications.models import Message

    kind = ContentType.objects.get_for_model(contract)
    message, _new = Message.objects.get_or_create(
        key=f"matrix-{contract.pk}", recipient=cast["pm"], target_type=kind, target_id=contract.pk
    )
    return {"pk": message.pk}


ROUTES: dict[str, Row] = {
    "notifications:inbox": Row("site"),
    "notifications:open": Row("contract", frozenset({"pm"}), kwargs=told),
    "notifications:tile_inbox": Row("site"),
    "notifications:read": Row("site", methods=("POST",)),
}
