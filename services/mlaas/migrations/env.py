"""Run by alembic: the connection is handed in by `services.database.migrate`."""

from alembic import context

from services.mlaas import tables
from services.mlaas.database import Base

assert tables.__all__, "importing the tables registers them"

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
