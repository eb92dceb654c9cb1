"""Entry versions from which something was erased in place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import BIG, ID_TEXT, Moment

revision: str = "erasures"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure",
        sa.Column("id", ID_TEXT, nullable=False),
        sa.Column("from_release", BIG, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", "from_release", name=op.f("pk_erasure")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("erasure")
