"""Causes of holds, aliases of re-keyed records, what was forgotten, media types in quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import BIG, ID_TEXT, Moment

revision: str = "guards"
down_revision: str | None = "vocabularies"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("run", sa.Column("held_code", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("held_detail", sa.Text(), nullable=True))
    op.add_column("quarantine", sa.Column("media_type", sa.Text(), nullable=True))
    op.create_table(
        "alias",
        sa.Column("source", ID_TEXT, nullable=False),
        sa.Column("old_id", ID_TEXT, nullable=False),
        sa.Column("new_id", ID_TEXT, nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "old_id", name=op.f("pk_alias")),
    )
    op.create_table(
        "forgotten",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("done", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("forgotten")
    op.drop_table("alias")
    op.drop_column("quarantine", "media_type")
    op.drop_column("run", "held_detail")
    op.drop_column("run", "held_code")
