"""Extensions, and what needs them."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.operations import (
    BtreeGistExtension,
    CreateCollation,
    HStoreExtension,
    TrigramExtension,
)
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("choir", "0006_renamed")]

    operations = [
        BtreeGistExtension(),
        HStoreExtension(),
        TrigramExtension(),
        CreateCollation("plain", provider="libc", locale="C"),
        migrations.AddField(
            "piece", "labels", django.contrib.postgres.fields.HStoreField(null=True)
        ),
        migrations.AddField("piece", "found_by", SearchVectorField(null=True)),
        migrations.AddField(
            "concert", "stay", django.contrib.postgres.fields.DateRangeField(null=True)
        ),
        migrations.AddConstraint(
            "concert",
            django.contrib.postgres.constraints.ExclusionConstraint(
                name="concert_stays",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("stay", RangeOperators.OVERLAPS),
                ],
            ),
        ),
    ]
