"""A channel made ready for use: its settings with defaults, its secrets opened."""

from __future__ import annotations

from erp.memory import recall
from notifications.channels import Account, adapter
from notifications.failures import Permanent
from notifications.models import Channel, ChannelSecret
from notifications.vault import Broken, seal, unseal


def account_of(channel: Channel) -> Account:
    """Raises Permanent when a secret is missing, or does not open because somebody touched it."""
    return recall(f"notifications.account.{channel.pk}", lambda: _open(channel))


def _open(channel: Channel) -> Account:
    kind = adapter(channel.kind)
    config = {field.name: str(channel.config.get(field.name, field.default)) for field in kind.fields}
    try:
        secrets = {row.name: unseal(row.sealed, _place(channel, row.name)) for row in channel.secrets.all()}
    except Broken as broken:
        raise Permanent(f"the stored secret {broken} does not open: enter it again") from None
    missing = [
        field.name for field in kind.fields if field.secret and field.required and field.name not in secrets
    ]
    if missing:
        raise Permanent(f"without {', '.join(missing)}")
    base = (channel.base_url or kind.base).rstrip("/")
    return Account(channel.name, config, secrets, base, trusted=bool(channel.base_url))


def keep_secrets(channel: Channel, secrets: dict[str, str]) -> list[str]:
    """Seal and store the secrets given (an empty one is forgotten); returns their names."""
    for name, text in secrets.items():
        if text:
            sealed = seal(text, _place(channel, name))
            ChannelSecret.objects.update_or_create(channel=channel, name=name, defaults={"sealed": sealed})
        else:
            ChannelSecret.objects.filter(channel=channel, name=name).delete()
    return sorted(secrets)


def _place(channel: Channel, name: str) -> str:
    return f"{channel.pk}:{name}"
