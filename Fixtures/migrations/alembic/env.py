"""Runs the revisions. CONNINFO names the database; -x each=yes: each revision in a transaction."""

import os

import psycopg
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(
    "postgresql+psycopg://",
    creator=lambda: psycopg.connect(os.environ["CONNINFO"]),
    poolclass=pool.NullPool,
)
each = context.get_x_argument(as_dictionary=True).get("each") == "yes"

with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=each)
    with context.begin_transaction():
        context.run_migrations()
