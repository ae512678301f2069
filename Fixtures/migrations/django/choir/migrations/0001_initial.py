"""The first models."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            "Singer",
            [
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("born", models.CharField(max_length=4, null=True)),
                ("nickname", models.CharField(max_length=50, default="")),
            ],
        ),
        migrations.CreateModel(
            "Song",
            [
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=100)),
                ("minutes", models.SmallIntegerField(default=3)),
            ],
        ),
        migrations.CreateModel(
            "Concert",
            [
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=100)),
                ("songs", models.ManyToManyField("choir.song")),
            ],
        ),
        migrations.CreateModel(
            "Poster",
            [
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("concert", models.ForeignKey("choir.concert", models.CASCADE)),
                ("colour", models.CharField(max_length=20)),
            ],
        ),
    ]
