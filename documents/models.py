"""Documents of a contract: their types, versions, shares, links to work, and previews.

A version is content that never changes: its bytes lie under `DocumentVersion.key` in the store
(`documents.store`), written before its row. Everything else about a document may change.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, TeamMember, led_by
from documents.fulltext_models import Block, DocumentText, Errand, Posting  # noqa: F401  tables of the app
from documents.kinds import KINDS
from documents.states import HELD_BY, LIFE, State, Status
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.models import Record
from erp.roles import Role
from orgchart.models import Department, OrgQuerySet, Person

if TYPE_CHECKING:
    from orgchart.models import User

#: Audience of a type → the contract verb that reads its documents.
AUDIENCES = {
    "for_team": "view_team_documents",
    "for_quality": "view_quality_documents",
    "for_procurement": "view_procurement_documents",
    "for_finance": "view_finance_documents",
}


class DocumentType(Record):
    """A kind of document: who reads it by default, and which files it takes."""

    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    active = models.BooleanField(_("active"), default=True)
    for_team = models.BooleanField(_("read by the team"), default=True)
    for_quality = models.BooleanField(_("read by quality"), default=False)
    for_procurement = models.BooleanField(_("read by procurement"), default=False)
    for_finance = models.BooleanField(_("read by sales and finance"), default=False)
    controlled = models.BooleanField(
        _("versions are released"), default=False, help_text=_("Draft, released, superseded: for drawings.")
    )
    extensions = models.TextField(
        _("allowed extensions"), blank=True, help_text=_("Separated by spaces; empty: every known kind.")
    )

    objects = OrgQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document type")
        verbose_name_plural = _("document types")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        english = (get_language() or "").startswith("en")
        return (self.name_en if english else "") or self.name

    def clean(self) -> None:
        """Extensions as typed: with dots, commas, capitals; kept in one form."""
        named = self.extensions.lower().replace(",", " ").replace("，", " ").replace("、", " ").split()
        named = list(dict.fromkeys(name.lstrip("*.") for name in named))
        if unknown := [name for name in named if name not in KINDS]:
            words = {"names": ", ".join(unknown)}
            raise ValidationError({"extensions": _("Unknown kinds of files: %(names)s") % words})
        self.extensions = " ".join(named)

    def allows(self, extension: str) -> bool:
        """Whether a file with this extension (lower case, no dot) may be of this type."""
        named = self.extensions.split()
        return not named or extension in named


class DocumentQuerySet(ScopedQuerySet["Document"]):
    def within(self, user: User, verb: str) -> Q:
        """Customers see what was released to them; in the office the reasons of `HELD_BY` decide."""
        if user.role == Role.CUSTOMER:
            shown = Q(published__isnull=False) & granted(Contract, user, "follow", at="contract")
            return shown if verb == "view" else NOBODY
        reasons = self.reasons(user)
        seen, held = (
            reduce(or_, (reasons[name] for name in HELD_BY.get(asked, ())), NOBODY)
            for asked in ("view", verb)
        )
        return seen if verb == "view" else held & seen

    def for_user(self, user: User, verb: str = "view") -> Self:
        """As everywhere; what lies in the bin is seen only by whoever may restore it."""
        rows = super().for_user(user, verb)
        return rows.filter(deleted_at__isnull=verb != "restore")

    def reasons(self, user: User) -> dict[str, Q]:
        """Why somebody may do something to a document of a contract they are in."""
        inside = granted(Contract, user, "view", at="contract")
        place = TeamMember.objects.filter(
            contract=OuterRef("contract"), department=OuterRef("department"), person__user=user
        )
        return {
            "own": Q(owner=user) & inside,
            "whole": granted(Contract, user, "manage_documents", at="contract"),
            "audience": reduce(or_, (_audience(user, flag) for flag in AUDIENCES)),
            "department": Q(Exists(place), type__for_team=True),
            "led": led_by(user, "contract", "department"),
            "shared": Exists(DocumentShare.objects.reaching(user).filter(document=OuterRef("pk"))) & inside,
            "published": granted(Contract, user, "publish_documents", at="contract"),
        }


def _audience(user: User, flag: str) -> Q:
    """Documents of types for one audience, where `user` holds the verb of that audience."""
    return Q(**{f"type__{flag}": True}) & granted(Contract, user, AUDIENCES[flag], at="contract")


class Document(Record):
    """One document of a contract; its content is its versions."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="documents", verbose_name=_("contract")
    )
    type = models.ForeignKey(DocumentType, models.PROTECT, related_name="documents", verbose_name=_("type"))
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("department"),
        help_text=_("The department in the team for which the document was uploaded."),
    )
    title = models.CharField(_("title"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="documents",
        editable=False,
        verbose_name=_("uploaded by"),
    )
    current = models.ForeignKey(
        "documents.DocumentVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("current version"),
    )
    published = models.ForeignKey(
        "documents.DocumentVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("version released to the customer"),
    )
    preview_only = models.BooleanField(
        _("preview only"),
        default=False,
        help_text=_("Others read it in the browser, as watermarked pages, and cannot download it."),
    )
    checked_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("checked out by"),
    )
    checked_out_until = models.DateTimeField(_("checked out until"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("deleted by"),
    )

    objects = DocumentQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contract", "deleted_at", "id"], name="document_contract"),
            models.Index(fields=["contract", "type", "id"], name="document_type"),
            models.Index(fields=["contract", "owner", "id"], name="document_owner"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("documents:document", args=[self.pk])

    def frozen(self) -> str:
        return self.contract.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        """Filed under its department only where the department's leaders read it anyhow."""
        return super().get_additional_data() if self.type.for_team else {"contract": self.contract_id}

    def holder(self) -> User | None:
        """Who has it checked out now; a check-out ends by itself."""
        until = self.checked_out_until
        return self.checked_out_by if until and until > timezone.now() else None


class VersionQuerySet(ScopedQuerySet["DocumentVersion"]):
    def within(self, user: User, verb: str) -> Q:
        """As the document; customers see the one version that was released to them."""
        seen = Document.objects.for_user(user, verb).order_by()
        if user.role == Role.CUSTOMER:
            return Q(pk__in=seen.values("published"))
        return Q(document__in=seen.values("pk"))

    def for_user(self, user: User, verb: str = "view") -> Self:
        """As everywhere; versions of documents in the bin only for whoever may restore them."""
        rows = super().for_user(user, verb)
        return rows.filter(document__deleted_at__isnull=verb != "restore")


class DocumentVersion(Record):
    """Immutable content of a document with its number, 1, 2, …; `key` names its bytes in the store."""

    class Scan(models.TextChoices):
        """What the virus scanner said; `NONE` where none is set up."""

        NONE = "none", _("Not scanned")
        PENDING = "pending", _("Waiting for the virus scanner")
        CLEAN = "clean", _("No virus found")
        INFECTED = "infected", _("Virus found")

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="versions", verbose_name=_("document")
    )
    number = models.PositiveIntegerField(_("version"))
    key = models.CharField(_("storage key"), max_length=300, unique=True)
    file_name = models.CharField(_("file name"), max_length=255)
    extension = models.CharField(_("extension"), max_length=20)
    media_type = models.CharField(_("media type"), max_length=120)
    size = models.BigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(_("SHA-256 hash"), max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    restored_from = models.PositiveIntegerField(_("restored from version"), null=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    scan = models.CharField(_("virus scan"), max_length=10, choices=Scan, default=Scan.NONE)
    token = models.CharField(
        _("form token"), max_length=64, blank=True, help_text="The form it came with: once only."
    )

    workflow = LIFE
    objects = VersionQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["token"], condition=Q(token__gt=""), name="version_token_once"),
            models.CheckConstraint(condition=Q(size__gte=1), name="version_not_empty"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="version_sha256"),
            models.Index(fields=["scan"], condition=Q(scan="pending"), name="version_unscanned"),
        ]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"

    def frozen(self) -> str:
        return self.document.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.document.get_additional_data()


class ShareQuerySet(ScopedQuerySet["DocumentShare"]):
    def within(self, user: User, verb: str) -> Q:
        """Read and taken back by whoever may share the document."""
        return Q(document__in=Document.objects.for_user(user, "share").order_by().values("pk"))

    def reaching(self, user: User) -> Self:
        """Shares with this user's person, or with a department they are in the document's team for."""
        place = TeamMember.objects.filter(
            contract=OuterRef("document__contract"), department=OuterRef("department"), person__user=user
        )
        return self.filter(Q(person__user=user) | Exists(place))


class DocumentShare(Record):
    """A document shown to a person or a department of the team beyond its type's audience."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="shares", verbose_name=_("document"))
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )

    objects = ShareQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document share")
        verbose_name_plural = _("document shares")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "person"], condition=Q(person__isnull=False), name="share_person_once"
            ),
            models.UniqueConstraint(
                fields=["document", "department"],
                condition=Q(department__isnull=False),
                name="share_department_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} → {self.person or self.department}"  # read by whoever may share it

    def clean(self) -> None:
        if bool(self.person) == bool(self.department):
            raise ValidationError(_("Share with a person or with a department."))

    def frozen(self) -> str:
        return self.document.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.document.get_additional_data()


class DocumentLink(Record):
    """What a document belongs to besides its contract: a task, an arrival, an acceptance, feedback.

    `documents.anchors` on the register says of which models it may be."""

    class LinkQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """As the document: read with it, cut by whoever changes it."""
            asked = "view" if verb == "view" else "change"
            return Q(document__in=Document.objects.for_user(user, asked).order_by().values("pk"))

    document = models.ForeignKey(Document, models.PROTECT, related_name="links", verbose_name=_("document"))
    target_type = models.ForeignKey(
        ContentType, models.PROTECT, related_name="+", verbose_name=_("kind of object")
    )
    target_id = models.BigIntegerField(_("object number"))
    target = GenericForeignKey("target_type", "target_id")

    objects = LinkQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document link")
        verbose_name_plural = _("document links")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "target_type", "target_id"], name="document_link_once"
            )
        ]
        indexes = [models.Index(fields=["target_type", "target_id"], name="document_link_target")]

    def __str__(self) -> str:
        return str(self.document)  # who reads the document need not know the task it hangs on

    def frozen(self) -> str:
        return self.document.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.document.get_additional_data()


class Preview(models.Model):
    """The rendering of some content for one contract: outbox row of the conversion and its result.

    Never shared between contracts, even for equal content: its existence would tell of the other."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="previews")
    sha256 = models.CharField(max_length=64)
    extension = models.CharField(max_length=20)
    converter = models.CharField(max_length=60, help_text="Name and version of what renders this kind.")
    source = models.CharField(max_length=300, help_text="Storage key of the content.")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="A message id, shown translated.")
    result = models.CharField(max_length=300, blank=True, help_text="Storage key of the rendering.")
    media_type = models.CharField(max_length=120, blank=True)
    pages = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("preview")
        verbose_name_plural = _("previews")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["contract", "sha256", "converter"], name="preview_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="preview_state"),
        ]
        indexes = [models.Index(fields=["state", "next_at"], name="preview_due")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.get_state_display()}"
