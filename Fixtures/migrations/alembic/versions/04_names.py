"""Other names, another schema, and rows in between."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "04"
down_revision = "03"

kind = postgresql.ENUM("concert", "rehearsal", name="kind", schema="diary")


def upgrade():
    op.execute("create schema diary")
    op.rename_table("song", "piece")
    op.alter_column("piece", "title", new_column_name="name", type_=sa.String(200))
    op.drop_constraint("sings_song_fkey", "sings", type_="foreignkey")
    op.alter_column("sings", "song", new_column_name="piece")
    op.create_foreign_key("sings_piece", "sings", "piece", ["piece"], ["id"], onupdate="cascade")
    event = op.create_table(
        "event",
        sa.Column("id", postgresql.UUID, primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("kind", kind, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("during", postgresql.TSTZRANGE),
        schema="diary",
    )
    op.bulk_insert(event, [{"kind": "concert"}, {"kind": "rehearsal"}] * 5)
    op.execute("insert into piece (name, pages, tempo) values ('After', 3, 'largo')")
    op.add_column("event", sa.Column("piece", sa.Integer, sa.ForeignKey("piece.id")), schema="diary")
    op.execute("update diary.event set piece = (select min(id) from piece)")
    op.alter_column("event", "piece", nullable=False, schema="diary")
    op.create_check_constraint("event_at", "event", "at > '2000-01-01'", schema="diary")
    op.create_exclude_constraint("event_during", "event", ("during", "&&"), schema="diary")
    op.create_table_comment("event", "When they meet", schema="diary")


def downgrade():
    op.drop_table("event", schema="diary")
    kind.drop(op.get_bind())
    op.drop_constraint("sings_piece", "sings", type_="foreignkey")
    op.execute("delete from piece where name = 'After'")
    op.alter_column("sings", "piece", new_column_name="song")
    op.alter_column("piece", "name", new_column_name="title", type_=sa.String(80))
    op.rename_table("piece", "song")
    op.create_foreign_key("sings_song_fkey", "sings", "song", ["song"], ["id"])
    op.execute("drop schema diary")
