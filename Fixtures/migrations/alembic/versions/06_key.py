"""Another primary key, and what is not needed any more."""

import sqlalchemy as sa
from alembic import op

revision = "06"
down_revision = "05"


def upgrade():
    op.add_column("sings", sa.Column("part", sa.SmallInteger, nullable=False, server_default="1"))
    op.drop_constraint("sings_pkey", "sings", type_="primary")
    op.create_primary_key("sings_pkey", "sings", ["singer", "piece", "part"])
    op.drop_column("singer", "about")
    op.drop_table("plain")


def downgrade():
    op.create_table("plain", sa.Column("line", sa.Text))
    op.add_column("singer", sa.Column("about", sa.dialects.postgresql.JSONB))
    op.drop_constraint("sings_pkey", "sings", type_="primary")
    op.drop_column("sings", "part")
    op.create_primary_key("sings_pkey", "sings", ["singer", "piece"])
