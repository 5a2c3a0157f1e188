"""Who may do what to which row. The only module that talks to guardian.

One rule per model: `ScopedQuerySet.within(user, verb)` says which rows a user may `verb`; boss and
administrator reach every row unless `erp.roles.WITHHELD` says otherwise. Lists, details, exports,
search, admin and services all ask through `for_user`, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.http import Http404
from guardian.models import GroupObjectPermissionBase as GroupGrant
from guardian.models import UserObjectPermissionBase as UserGrant

from erp.roles import Role, reaches_all

if TYPE_CHECKING:
    from orgchart.models import User

__all__ = [
    "NOBODY",
    "GroupGrant",
    "ScopedQuerySet",
    "UserGrant",
    "allowed",
    "demand",
    "fetch",
    "granted",
    "grants",
    "held",
    "permissions",
    "right_id",
    "write_grants",
]

M = TypeVar("M", bound=models.Model)
NOBODY = Q(pk__in=())


class ScopedQuerySet(models.QuerySet[M], Generic[M]):
    """Base of every domain queryset: rows leave the database through `for_user`."""

    def within(self, user: User, verb: str) -> Q:
        """The rows on which `user`, who does not reach all, may `verb`. Override."""
        return NOBODY

    def for_user(self, user: User, verb: str = "view") -> Self:
        """The rows on which `user` may `verb`."""
        if not user.is_active:
            return self.none()
        if reaches_all(user.role, self.model._meta.label_lower, verb):
            return self.all()
        return self.filter(self.within(user, verb))


def permissions(*verbs_and_labels: tuple[str, Any], model: str) -> list[tuple[str, Any]]:
    """`Meta.permissions` rows for (verb, label) pairs of `model`."""
    return [(f"{verb}_{model}", label) for verb, label in verbs_and_labels]


def grants(model: type[models.Model], user: User, verb: str) -> models.QuerySet[Any]:
    """The grants by which `user` may `verb` rows of `model`: customers hold them by their company's
    group, everybody else in person. Reads the model's own tables (`user_grants`, `group_grants`)."""
    by_group = user.role == Role.CUSTOMER
    relation: Any = model._meta.get_field("group_grants" if by_group else "user_grants")
    who = {"group__user": user} if by_group else {"user_id": user.pk}
    rows: models.QuerySet[Any] = relation.related_model.objects.all()
    right = right_id(model, verb)
    return rows.none() if right is None else rows.filter(permission_id=right, **who)


def granted(model: type[models.Model], user: User, verb: str, *, at: str = "pk") -> Q:
    """Rows of `model` on which `user` holds a grant. For rows that hang on `model`, `at` names their
    key to it: cheaper than a subquery of rows."""
    if right_id(model, verb) is None:
        return NOBODY
    return Q(Exists(grants(model, user, verb).filter(content_object_id=OuterRef(at))))


def right_id(model: type[models.Model], verb: str) -> int | None:
    """The id of the permission to `verb` rows of `model`. Known as long as Django knows the content
    type: both are forgotten together when a migration or a flush may have changed them."""
    kind: Any = ContentType.objects.get_for_model(model)
    codename = f"{verb}_{model._meta.model_name}"
    if codename not in (known := kind.__dict__.setdefault("_right_ids", {})):
        known.update(Permission.objects.filter(content_type=kind).order_by().values_list("codename", "pk"))
    found: int | None = known.get(codename)
    return found


def allowed(user: User, verb: str, obj: models.Model) -> bool:
    rows: Any = type(obj)._default_manager
    return bool(rows.for_user(user, verb).filter(pk=obj.pk).exists())


def held(user: User, verbs: Iterable[str], obj: models.Model) -> set[str]:
    """Those of `verbs` that `user` holds on the stored row: the answers of `allowed`, in one query."""
    rows: Any = type(obj)._default_manager
    label, asked = type(obj)._meta.label_lower, set(verbs) if user.is_active else set()
    found = {verb for verb in asked if reaches_all(user.role, label, verb)}
    scopes = {verb: rows.all().within(user, verb) for verb in sorted(asked - found)}
    found |= {verb for verb, scope in scopes.items() if not scope}  # an empty Q is every row
    flags = {
        f"may_{verb}": Case(When(scope, then=Value(1)), default=Value(0))
        for verb, scope in scopes.items()
        if scope
    }
    if flags:
        row = rows.filter(pk=obj.pk).order_by().annotate(**flags).values(*flags).first() or {}
        found |= {name.removeprefix("may_") for name, may in row.items() if may}
    return found


def demand(user: User, verb: str, obj: models.Model) -> None:
    """Raise `PermissionDenied` unless `user` may `verb` the stored row."""
    if not allowed(user, verb, obj):
        raise PermissionDenied(f"{user.pk} may not {verb} {obj._meta.label} {obj.pk}")


def fetch(rows: Any, user: User, verb: str = "view", **lookup: Any) -> Any:
    """One row for a view: 404 for a row out of sight, 403 for a row in sight but out of bounds."""
    seen = rows.for_user(user).filter(**lookup)
    obj = (seen if verb == "view" else seen.for_user(user, verb)).first()
    if obj is None and verb != "view":
        obj = seen.first()
        if obj is not None:
            demand(user, verb, obj)
    if obj is None:
        raise Http404
    return obj


def write_grants(
    table: type[models.Model], obj: models.Model, wanted: Iterable[tuple[int, str]], holder: str, **facts: Any
) -> int:
    """Make the grants of `obj` in `table` exactly `wanted` (holder id, verb); returns rows changed.

    `holder` is `user` or `group`; `facts` are what every one of the rows repeats of `obj`. Grants are
    consequences of facts; only the one deriving service calls this."""
    model = obj._meta
    rights = dict(
        Permission.objects.filter(
            content_type__app_label=model.app_label, content_type__model=model.model_name
        ).values_list("codename", "pk")
    )
    target = {(who, rights[f"{verb}_{model.model_name}"]) for who, verb in wanted}
    rows: Any = table._default_manager.filter(content_object=obj)
    held = {(who, right): pk for pk, who, right in rows.values_list("pk", f"{holder}_id", "permission_id")}
    gone = [pk for key, pk in held.items() if key not in target]
    new = [
        table(**{f"{holder}_id": who, "permission_id": right, "content_object": obj}, **facts)
        for who, right in sorted(target - held.keys())
    ]
    if gone:
        rows.filter(pk__in=gone).delete()
    turned = rows.exclude(**facts).update(**facts) if facts else 0
    if new:
        table._default_manager.bulk_create(new)
    return len(gone) + turned + len(new)
