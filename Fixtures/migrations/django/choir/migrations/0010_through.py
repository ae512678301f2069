"""A table is taken over by a model, and one model for another."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


def attend(apps, schema_editor):
    attendances = apps.get_model("choir", "Attendance").objects
    concert = apps.get_model("choir", "Concert").objects.first()
    for singer in apps.get_model("choir", "Singer").objects.order_by("pk")[:5]:
        attendances.create(concert=concert, singer=singer)


class Migration(migrations.Migration):
    dependencies = [
        ("choir", "0009_own_sql"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    "Change",
                    [
                        ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("piece", models.BigIntegerField()),
                        ("at", models.DateTimeField(db_default=Now())),
                    ],
                    options={"db_table": "choir_change", "managed": False},
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    "create index choir_change_at on choir_change (at)",
                    "drop index choir_change_at",
                )
            ],
        ),
        migrations.CreateModel(
            "Attendance",
            [
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("concert", models.ForeignKey("choir.concert", models.CASCADE)),
                ("singer", models.ForeignKey("choir.singer", models.CASCADE)),
            ],
        ),
        migrations.RunPython(attend, migrations.RunPython.noop),
        migrations.AddField("attendance", "is_late", models.BooleanField(default=False)),
        migrations.AddField(
            "concert",
            "singers",
            models.ManyToManyField("choir.singer", through="choir.Attendance"),
        ),
        migrations.AddIndex(
            "attendance",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["concert"], name="attendance_brin"
            ),
        ),
        migrations.AddField(
            "singer",
            "user",
            models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True),
        ),
    ]
