"""Files on their way in: the file itself, how far it has come, and what was refused (domain.md §8, promises R5).

The file is kept in pieces that end at the end of a line, so that any worker on any machine goes on from (piece, offset).
Reading a row again gives the same row, so nothing else of a row is stored, except of those that were refused.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Import(models.Model):
    """One file, from its upload to its last row."""

    class Status(models.TextChoices):
        """Where it stands. A worker moves `checking` and `committing` on, a person the others."""

        UPLOADED = "uploaded", "Columns to confirm"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Ready to import"
        COMMITTING = "committing", "Being imported"
        DONE = "done", "Imported"
        FAILED = "failed", "Stopped"
        DISCARDED = "discarded", "Discarded"

    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255)
    size = models.BigIntegerField(help_text="Bytes as stored.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file as uploaded.")
    status = models.CharField(max_length=10, choices=Status, default=Status.UPLOADED)
    header = models.JSONField(default=list, help_text="The names of the columns, made unique.")
    options = models.JSONField(default=dict, help_text="Encoding, delimiter, decimal mark, order of dates, currency.")
    unsure = models.JSONField(default=list, help_text="Options that the file does not tell: a person is asked.")
    mapping = models.JSONField(default=dict, help_text="Field → {column: number} or {value: text}.")

    # The position of the check: everything before it is counted.
    piece = models.PositiveIntegerField(default=0)
    offset = models.PositiveIntegerField(default=0)
    line = models.PositiveIntegerField(default=1)
    bytes_done = models.BigIntegerField(default=0)
    # The position of the commit: the chunk that is next.
    chunks = models.PositiveIntegerField(default=0)
    next_chunk = models.PositiveIntegerField(default=0)

    rows = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    found = models.JSONField(default=dict, help_text="What the check found: new, changed, unchanged, rejected.")
    made = models.JSONField(default=dict, help_text="What the commit did, by the same names.")
    reasons = models.JSONField(default=dict, help_text="Why rows were rejected, and how many.")
    notes = models.JSONField(default=dict, help_text="What was left out of rows that were taken, and how often.")
    skipped = models.JSONField(
        default=dict, help_text="Lines that are no rows, by why: how many, and the number and text of a few."
    )
    examples = models.JSONField(default=dict, help_text="A few rows of each kind for the preview.")

    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    stopped_at = models.CharField(max_length=10, blank=True, help_text="The status to go on with after a stop.")

    created_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    committed_at = models.DateTimeField(null=True, blank=True, help_text="When somebody pressed Import.")
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    emptied_at = models.DateTimeField(
        null=True, blank=True, help_text="When the file and the rejected rows were deleted."
    )

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["id"], condition=models.Q(status__in=["checking", "committing"]), name="import_under_way"
            ),
            models.Index(fields=["digest"]),
        )

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_status_display()})"


class ImportPiece(models.Model):
    """A stretch of a file. Pieces end after a line end, except the last."""

    owner = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "number"], name="import_piece"),)

    def __str__(self) -> str:
        return f"piece {self.number} of import {self.owner_id}"


class ImportChunk(models.Model):
    """Some rows that are checked, and committed, in one transaction: where they begin and which were rejected."""

    owner = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="chunk_set", db_index=False)
    number = models.PositiveIntegerField()
    piece = models.PositiveIntegerField()
    offset = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    rejected = models.BinaryField(default=b"", help_text="[[line, reason, cells], …] as JSON, deflated.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "number"], name="import_chunk"),)

    def __str__(self) -> str:
        return f"chunk {self.number} of import {self.owner_id}"


class ImportKey(models.Model):
    """What a row of a file is about, so that a second row about the same is found however long the file."""

    pk = models.CompositePrimaryKey("owner_id", "digest")
    owner = models.ForeignKey(
        Import, on_delete=models.CASCADE, related_name="keys", db_index=False, db_constraint=False
    )
    digest = models.BinaryField(max_length=16)
    line = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"line {self.line} of import {self.owner_id}"


class SavedMapping(models.Model):
    """How the columns of files with this header were last mapped by hand."""

    kind = models.CharField(max_length=20)
    signature = models.CharField(max_length=64, help_text="SHA-256 of the header's names.")
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "signature"], name="saved_mapping"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.signature[:8]}"
