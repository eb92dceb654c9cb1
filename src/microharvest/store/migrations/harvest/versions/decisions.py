"""Decisions of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import ID_TEXT, Moment

revision: str = "decisions"
down_revision: str | None = "guards"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", ID_TEXT, nullable=True),
        sa.Column("native_id", ID_TEXT, nullable=True),
        sa.Column("other_source", ID_TEXT, nullable=True),
        sa.Column("other_native_id", ID_TEXT, nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoked_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("mark", name=op.f("uq_decision_mark")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("ix_decision_source_native_id", ["source", "native_id"], unique=False)
        batch_op.create_index(
            "ix_decision_other_source_other_native_id", ["other_source", "other_native_id"], unique=False
        )
    op.create_table(
        "member_was",
        sa.Column("source", ID_TEXT, nullable=False),
        sa.Column("native_id", ID_TEXT, nullable=False),
        sa.Column("cluster_id", ID_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "native_id", name=op.f("pk_member_was")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("member_was")
    op.drop_table("decision")
