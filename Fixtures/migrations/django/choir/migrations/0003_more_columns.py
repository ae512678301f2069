"""Columns with a default, without one, and with one of the database's."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("choir", "0002_first_rows")]

    operations = [
        migrations.AddField(
            "singer", "voice", models.CharField(max_length=5, default="alto")
        ),
        migrations.AddField("singer", "email", models.CharField(max_length=50, null=True)),
        migrations.AddField("singer", "joined", models.DateTimeField(db_default=Now())),
        migrations.AddField(
            "singer",
            "tags",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=20), default=list
            ),
        ),
        migrations.AddField("singer", "extra", models.JSONField(default=dict)),
        migrations.AddField(
            "singer",
            "teacher",
            models.ForeignKey(
                "choir.singer", models.SET_NULL, null=True, related_name="pupils"
            ),
        ),
        migrations.AddField("song", "composer", models.CharField(max_length=100, null=True)),
        migrations.AddIndex("singer", models.Index(fields=["name"], name="singer_by_name")),
        migrations.AddIndex("singer", models.Index(fields=["voice"], name="singer_by_voice")),
    ]
