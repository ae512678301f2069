"""What cannot be done in the transaction of the revision."""

import sqlalchemy as sa
from alembic import op

revision = "03"
down_revision = "02"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("alter type tempo add value if not exists 'presto' after 'slow'")
        op.execute("ALTER TYPE tempo ADD VALUE 'largo' BEFORE 'slow'")
        op.create_index("song_added", "song", ["added"], postgresql_concurrently=True)
        op.create_index(
            "song_lower", "song", [sa.text("lower(title)")], postgresql_concurrently=True, unique=True
        )
        op.create_index("song_gone", "song", ["copies"], postgresql_concurrently=True)
        op.drop_index("song_gone", postgresql_concurrently=True)
    op.execute("update song set tempo = 'presto' where id % 3 = 0")
    op.create_index(
        "song_presto", "song", ["title"], postgresql_where=sa.text("tempo = 'presto'")
    )


def downgrade():
    op.drop_index("song_presto")
    with op.get_context().autocommit_block():
        op.drop_index("song_lower", postgresql_concurrently=True)
        op.drop_index("song_added", postgresql_concurrently=True)
    # A value cannot be taken out of an enum: the type is made anew.
    op.execute(
        """
        alter table song alter tempo drop default;
        alter type tempo rename to tempo_before;
        create type tempo as enum ('slow', 'fast');
        alter table song alter tempo type tempo
            using (case tempo::text when 'fast' then 'fast' else 'slow' end)::tempo;
        alter table song alter tempo set default 'slow';
        drop type tempo_before;
        """
    )
