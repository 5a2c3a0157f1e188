"""What a task raises to say why it does not do its work."""


class Refusal(Exception):
    """Carries the name of a reason in `documents.conversion.reasons`."""
