"""What imported vocabularies add to offers; by what organisations are found in registers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import BLOB, ID_TEXT

revision: str = "coding"
down_revision: str | None = "matching"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "coded",
        sa.Column("source", ID_TEXT, nullable=False),
        sa.Column("native_id", ID_TEXT, nullable=False),
        sa.Column("doc_hash", BLOB, nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("doc", BLOB, nullable=True),
        sa.Column("issues", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "native_id", name=op.f("pk_coded")),
    )
    op.create_table(
        "concept_key",
        *(sa.Column(name, ID_TEXT, nullable=False) for name in ("kind", "edition", "key", "uri")),
        sa.PrimaryKeyConstraint("kind", "edition", "key", "uri", name=op.f("pk_concept_key")),
    )
    for name in ("valid_from", "valid_to"):
        op.add_column("concept", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("concept") as batch_op:
        batch_op.drop_column("valid_to")
        batch_op.drop_column("valid_from")
    op.drop_table("concept_key")
    op.drop_table("coded")
