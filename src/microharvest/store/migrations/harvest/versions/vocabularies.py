"""Imported vocabularies: editions, their concepts and the names of these."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import ID_TEXT, Moment

revision: str = "vocabularies"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "vocabulary",
        sa.Column("kind", ID_TEXT, nullable=False),
        sa.Column("edition", ID_TEXT, nullable=False),
        sa.Column("imported", Moment(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "edition", name=op.f("pk_vocabulary")),
    )
    op.create_table(
        "concept",
        sa.Column("kind", ID_TEXT, nullable=False),
        sa.Column("edition", ID_TEXT, nullable=False),
        sa.Column("uri", ID_TEXT, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "edition", "uri", name=op.f("pk_concept")),
    )
    op.create_table(
        "concept_label",
        sa.Column("kind", ID_TEXT, nullable=False),
        sa.Column("edition", ID_TEXT, nullable=False),
        sa.Column("uri", ID_TEXT, nullable=False),
        sa.Column("language", ID_TEXT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("others", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "edition", "uri", "language", name=op.f("pk_concept_label")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("concept_label")
    op.drop_table("concept")
    op.drop_table("vocabulary")
