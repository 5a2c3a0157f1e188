"""What the proof's processes do in the site's own database: build it, tell things, and say how it stands."""

import json


def register_event():
    """An event for mail, SMS and groups whose text carries its number."""
    from erp import register
    from notifications.events import Event
    from notifications.states import Medium

    entry = Event("证明", "%(n)s 事件。", media=(Medium.EMAIL, Medium.SMS), group=True)
    register.add("notifications.events", "proof", entry)


def build(sinks):
    """People with addresses, a contract, a channel to every sink."""
    from notifications.models import Channel, GroupRoute
    from notifications.services import create_channel
    from orgchart.models import Person
    from tests.cast import build_cast

    cast = build_cast()
    for number, person in enumerate(Person.objects.all()):
        person.mobile, person.wecom_id = f"138001380{number:02}", f"w-{person.pk}"
        person.save()
    places = {
        "wecom_robot": {"contract_id": cast.own.pk},
        "dingtalk_robot": {"department": cast.departments["mechanical"]},
    }
    for kind, (base, config, secrets, rate) in sinks.items():
        row = Channel(kind=kind, name=kind, base_url=base, config=config, rate=rate)
        made = create_channel(row, actor=cast["admin"], secrets=secrets)
        if place := places.get(kind):
            GroupRoute.objects.create(channel=made, **place)


def tell(count, each):
    """`count` events, each in a transaction of its own, to so many people and to a group."""
    from django.db import transaction

    from contracts.models import Contract
    from notifications.services import notify
    from orgchart.models import Department

    own = Contract.objects.get(number="HT-OWN-1")
    department = Department.objects.get(function="mechanical")
    crowd = [member.person for member in own.team.select_related("person__user")]
    for number in range(count):
        people = [crowd[(number + step) % len(crowd)] for step in range(each)]
        with transaction.atomic():
            target = own if number % 2 else department
            notify("proof", target, people, key=f"proof-{number}", n=f"〔{number}〕")


def report():
    """Every dispatch, as JSON."""
    from notifications.models import Dispatch, Message

    names = "pk key event channel__kind state digest possibly_repeated attempts recipient last_error why"
    rows = list(Dispatch.objects.order_by("pk").values(*names.split()))
    print(json.dumps({"rows": rows, "told": Message.objects.filter(event="proof").count()}))  # noqa: T201


def waiting():
    """How much is still on its way."""
    from notifications.models import Dispatch

    print(Dispatch.objects.undelivered().count())  # noqa: T201


def main(argv):
    match argv:
        case ["build", sinks]:
            build(json.loads(sinks))
        case ["tell", count, each]:
            tell(int(count), int(each))
        case ["report"]:
            report()
        case ["waiting"]:
            waiting()
