"""What waits for the virus scanner or for its text to be read, and the index of the texts.

None of it is a fact of the business: it follows from the versions and can be made again.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Errand(models.Model):
    """Something to do with the content of a version: written with it, done after the commit, deleted when
    done. Whoever does it moves `due` ahead first, so that it comes back should they die."""

    class Kind(models.TextChoices):
        SCAN = "scan", _("Look for viruses")
        TEXT = "text", _("Read the text")

    version = models.ForeignKey("documents.DocumentVersion", models.PROTECT, related_name="errands")
    kind = models.CharField(max_length=4, choices=Kind)
    due = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is not done yet: a message id.")

    class Meta:
        verbose_name = _("errand")
        verbose_name_plural = _("errands")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["version", "kind"], name="errand_once")]
        indexes = [models.Index(fields=["kind", "due"], name="errand_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.version_id}"


class DocumentText(models.Model):
    """The readable text of the current version of a document, compressed."""

    document = models.OneToOneField(
        "documents.Document", models.PROTECT, primary_key=True, related_name="text"
    )
    version = models.ForeignKey("documents.DocumentVersion", models.PROTECT, related_name="+")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("text of a document")
        verbose_name_plural = _("texts of documents")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.document_id)


class Posting(models.Model):
    """Which documents of a block of ids have a gram. `id` holds the code of the gram and the number of
    the block, so that one range of the primary key is everything known of a gram."""

    id = models.BigIntegerField(primary_key=True)
    documents = models.BinaryField()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class Block(models.Model):
    """A block of document ids; whoever changes its postings holds this row."""

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("block of the index")
        verbose_name_plural = _("blocks of the index")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
