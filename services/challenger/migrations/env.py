"""Run by alembic: the connection is handed in by `services.database.migrate`."""

from alembic import context

from services.challenger import tables
from services.challenger.database import Base

assert tables.__all__, "importing the tables registers them"

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
