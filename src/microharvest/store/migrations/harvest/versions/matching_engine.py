"""Matching by scored pairs: features, hashed keys, pairs, margins and relations; everything is linked anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from microharvest.store.columns import BIG, BLOB, ID_TEXT, MOMENT

revision: str = "matching"
down_revision: str | None = "link_margin"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Apply."""
    op.drop_table("match_key")
    op.create_table(
        "match_epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("scorecard", sa.Text(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("features", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_epoch")),
    )
    op.create_table(
        "match_record",
        sa.Column("rid", BIG, nullable=False),
        sa.Column("source", ID_TEXT, nullable=False),
        sa.Column("native_id", ID_TEXT, nullable=False),
        sa.Column("node", BIG, nullable=False),
        sa.Column("doc", BLOB, nullable=False),
        sa.Column("keys", BLOB, nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_match_record")),
        sa.UniqueConstraint("source", "native_id", name=op.f("uq_match_record_source_native_id")),
    )
    op.create_index(op.f("ix_match_record_node"), "match_record", ["node"])
    op.create_table(
        "match_provider",
        sa.Column("node", BIG, nullable=False),
        sa.Column("organisation", BIG, nullable=True),
        sa.Column("doc", BLOB, nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_match_provider")),
    )
    op.create_table(
        "match_key",
        sa.Column("k", BIG, nullable=False),
        sa.Column("rid", BIG, nullable=False),
        sa.PrimaryKeyConstraint("k", "rid", name=op.f("pk_match_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_stop",
        sa.Column("k", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("k", name=op.f("pk_match_stop")),
    )
    op.create_table(
        "match_edge",
        sa.Column("one", BIG, nullable=False),
        sa.Column("other", BIG, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("sibling", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_match_edge")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_edge_other", "match_edge", ["other"])
    op.create_table(
        "match_due",
        sa.Column("rid", BIG, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_match_due")),
    )
    op.create_index(op.f("ix_match_due_stage"), "match_due", ["stage"])
    op.create_table(
        "match_left",
        sa.Column("cluster_id", ID_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_match_left")),
    )
    op.create_table(
        "relation",
        sa.Column("one_id", ID_TEXT, nullable=False),
        sa.Column("other_id", ID_TEXT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("one_id", "other_id", "kind", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_other_id", "relation", ["other_id"])
    op.add_column("redirect", sa.Column("run", BIG, nullable=True))
    op.execute(
        "INSERT INTO touched (source, native_id) SELECT source, native_id FROM record AS r WHERE NOT EXISTS "
        "(SELECT 1 FROM touched AS t WHERE t.source = r.source AND t.native_id = r.native_id)"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("redirect", "run")
    for name in (
        *("relation", "match_left", "match_due", "match_edge", "match_stop", "match_key"),
        *("match_provider", "match_record", "match_epoch"),
    ):
        op.drop_table(name)
    op.create_table(
        "match_key",
        *(sa.Column(name, ID_TEXT, nullable=False) for name in ("source", "native_id")),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", ID_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "native_id", "kind", "value", name=op.f("pk_match_key")),
    )
    op.create_index("ix_match_key_kind_value", "match_key", ["kind", "value"])
