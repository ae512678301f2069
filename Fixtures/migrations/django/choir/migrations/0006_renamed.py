"""Fields and a model with other names; the table between two models, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("choir", "0005_stricter")]

    operations = [
        migrations.RemoveIndex("singer", "singer_by_name"),
        migrations.RenameField("singer", "name", "full_name"),
        migrations.AddIndex("singer", models.Index(fields=["full_name"], name="singer_name")),
        migrations.RenameIndex("singer", new_name="singer_voice", old_name="singer_by_voice"),
        migrations.RenameModel("Song", "Piece"),
        migrations.RenameField("concert", "songs", "pieces"),
        migrations.AlterModelTable("piece", "repertoire"),
        migrations.AlterModelTableComment("piece", "What the choir can sing"),
        migrations.AlterField(
            "piece",
            "title",
            models.CharField(max_length=100, db_comment="As on the first page"),
        ),
        migrations.AlterUniqueTogether("piece", {("title", "composer")}),
        migrations.AlterModelOptions(
            "concert", {"permissions": [("cancel_concert", "Can cancel a concert")]}
        ),
    ]
