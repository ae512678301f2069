"""Views and functions, several statements in a string; and a table in partitions."""

import sqlalchemy as sa
from alembic import op

revision = "05"
down_revision = "04"


def upgrade():
    op.execute(
        sa.text(
            r"""
            create view quick as select id, name from piece where tempo = 'presto';
            comment on view quick is 'it''s; quick';
            create function diary.next_event() returns diary.event language sql stable as $sql$
                select e from diary.event as e where at \:\: timestamptz > now() order by at; $sql$;
            create table visit (id bigint generated always as identity, at date not null, who text,
                primary key (id, at)) partition by range (at);
            create table visit_2025 partition of visit for values from ('2025-01-01') to ('2026-01-01');
            create table visit_other partition of visit default;
            insert into visit (at, who) values ('2025-05-05', 'x;y'), ('2026-06-06', $$z;$$);
            """
        )
    )
    op.create_table("plain", sa.Column("line", sa.Text))
    op.execute("create materialized view counted as select count(*) as pieces from piece")
    with op.batch_alter_table("singer") as batch:
        batch.alter_column("name", existing_type=sa.Text, server_default="?")
        batch.create_index("singer_name", ["name"])


def downgrade():
    op.drop_index("singer_name")
    op.alter_column("singer", "name", server_default=None)
    op.execute("drop materialized view counted; drop view quick; drop function diary.next_event()")
    op.drop_table("plain")
    op.drop_table("visit")
