"""Indexes that are made and dropped outside of a transaction."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("choir", "0007_extensions")]

    operations = [
        AddIndexConcurrently(
            "singer", models.Index(Lower("email"), name="singer_email_lower")
        ),
        AddIndexConcurrently("singer", models.Index(fields=["teacher"], name="singer_pupils")),
        AddIndexConcurrently(
            "singer",
            django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="singer_tags"),
        ),
        RemoveIndexConcurrently("singer", "singer_pupils"),
        AddConstraintNotValid(
            "singer",
            models.CheckConstraint(
                condition=models.Q(born__isnull=True) | models.Q(born__gt=1800),
                name="singer_born",
            ),
        ),
        ValidateConstraint("singer", "singer_born"),
        migrations.AddConstraint(
            "singer", models.UniqueConstraint(fields=["email"], name="singer_email")
        ),
    ]
