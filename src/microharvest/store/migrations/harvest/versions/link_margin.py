"""Margins of cluster decisions, for the review queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import ID_TEXT

revision: str = "link_margin"
down_revision: str | None = "decisions"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "link_margin",
        sa.Column("cluster_id", ID_TEXT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("margin", sa.Integer(), nullable=False),
        sa.Column("one_source", ID_TEXT, nullable=False),
        sa.Column("one_native_id", ID_TEXT, nullable=False),
        sa.Column("other_source", ID_TEXT, nullable=False),
        sa.Column("other_native_id", ID_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", "kind", name=op.f("pk_link_margin")),
    )
    with op.batch_alter_table("link_margin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_margin_margin"), ["margin"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("link_margin")
