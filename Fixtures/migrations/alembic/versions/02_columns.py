"""Columns whose default is a constant, the time, or chance; and another type."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "02"
down_revision = "01"


def upgrade():
    op.add_column("song", sa.Column("copies", sa.Integer, nullable=False, server_default="1"))
    op.add_column(
        "song",
        sa.Column("added", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.add_column(
        "song",
        sa.Column(
            "code",
            postgresql.UUID,
            nullable=False,
            server_default=sa.text("gen_random_uuid()"),
        ),
    )
    op.add_column("singer", sa.Column("luck", sa.Double, server_default=sa.text("random()")))
    op.add_column("singer", sa.Column("number", sa.Integer, sa.Identity(always=True)))
    op.add_column(
        "song", sa.Column("double", sa.Numeric, sa.Computed("price * 2", persisted=True))
    )
    op.alter_column(
        "song", "pages", type_=sa.Integer, postgresql_using="nullif(pages, '')::int + 1"
    )
    op.execute("update song set copies = pages * 2 where pages > 5")
    op.alter_column("song", "pages", nullable=False, server_default="1")


def downgrade():
    op.alter_column("song", "pages", nullable=True, server_default=None)
    op.alter_column("song", "pages", type_=sa.String(10), postgresql_using="(pages - 1)::text")
    for column in "double", "code", "added", "copies":
        op.drop_column("song", column)
    for column in "number", "luck":
        op.drop_column("singer", column)
