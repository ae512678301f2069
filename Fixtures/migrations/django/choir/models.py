"""The models as the last migration leaves them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, HStoreField, RangeOperators
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Lower, Now


class Singer(models.Model):
    full_name = models.CharField(max_length=200)
    voice = models.CharField(max_length=20, default="alto")
    born = models.BigIntegerField(null=True)
    email = models.TextField()
    joined = models.DateTimeField(db_default=Now())
    tags = ArrayField(models.CharField(max_length=20), default=list)
    extra = models.JSONField(default=dict)
    teacher = models.ForeignKey("self", models.SET_NULL, null=True, related_name="pupils")
    user = models.OneToOneField("auth.User", models.CASCADE, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["full_name"], name="singer_name"),
            models.Index(fields=["voice"], name="singer_voice"),
            models.Index(Lower("email"), name="singer_email_lower"),
            GinIndex(fields=["tags"], name="singer_tags"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["email"], name="singer_email"),
            models.CheckConstraint(
                condition=models.Q(born__isnull=True) | models.Q(born__gt=1800),
                name="singer_born",
            ),
        ]


class Piece(models.Model):
    title = models.CharField(max_length=100, db_comment="As on the first page")
    minutes = models.IntegerField(default=3)
    composer = models.CharField(max_length=100, null=True)
    labels = HStoreField(null=True)
    words = models.TextField(default="")
    found_by = SearchVectorField(null=True)

    class Meta:
        db_table = "repertoire"
        db_table_comment = "What the choir can sing"
        unique_together = [("title", "composer")]


class Concert(models.Model):
    place = models.CharField(max_length=100)
    stay = DateRangeField(null=True)
    singers = models.ManyToManyField(Singer, through="Attendance")
    pieces = models.ManyToManyField(Piece)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="concert_stays",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("stay", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        permissions = [("cancel_concert", "Can cancel a concert")]


class Attendance(models.Model):
    concert = models.ForeignKey(Concert, models.CASCADE)
    singer = models.ForeignKey(Singer, models.CASCADE)
    is_late = models.BooleanField(default=False)

    class Meta:
        indexes = [BrinIndex(fields=["concert"], name="attendance_brin")]


class Change(models.Model):
    """Written by a trigger."""

    piece = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        managed = False
        db_table = "choir_change"
