"""Run by Alembic with a connection handed over in the configuration's attributes; never on its own."""

from __future__ import annotations

from alembic import context

_given = context.config.attributes
context.configure(
    connection=_given["connection"],
    target_metadata=_given["metadata"],
    version_table=_given["version_table"],
    include_name=_given["include_name"],
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
