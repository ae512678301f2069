"""Tables with types of their own, and rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "01"
down_revision = None

tempo = postgresql.ENUM("slow", "fast", name="tempo")


def upgrade():
    song = op.create_table(
        "song",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("tempo", tempo, nullable=False, server_default="slow"),
        sa.Column("pages", sa.String(10)),
        sa.Column("price", sa.Numeric(8, 2), sa.CheckConstraint("price > 0", name="song_price")),
        sa.UniqueConstraint("title", name="song_title"),
        comment="What can be sung; 'and' \"more\"",
    )
    op.create_table(
        "singer",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, comment="As he or she writes it"),
        sa.Column("voices", postgresql.ARRAY(sa.Text)),
        sa.Column("about", postgresql.JSONB),
    )
    op.create_table(
        "sings",
        sa.Column("singer", sa.BigInteger, sa.ForeignKey("singer.id", ondelete="cascade")),
        sa.Column("song", sa.Integer, sa.ForeignKey("song.id")),
        sa.PrimaryKeyConstraint("singer", "song"),
    )
    op.bulk_insert(song, [{"title": f"Song {n}", "pages": str(n), "price": n} for n in range(1, 21)])
    op.execute("insert into singer (name, voices) select 'Singer ' || n, array['alto']"
               " from generate_series(1, 10) as n; insert into sings select id, 1 from singer")


def downgrade():
    op.drop_table("sings")
    op.drop_table("singer")
    op.drop_table("song")
    tempo.drop(op.get_bind())
