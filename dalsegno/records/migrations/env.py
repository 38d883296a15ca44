"""Run by Alembic: applies revisions over the connection that `dalsegno.records.migrate` hands over."""

from alembic import context

from dalsegno.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    on_version_apply=context.config.attributes["note"],
)
context.run_migrations()
