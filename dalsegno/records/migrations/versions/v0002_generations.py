"""The table `generations`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table and its index."""
    op.create_table(
        "generations",
        sa.Column("job_id", sa.String(128), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.String(36)),
        sa.Column("deadline", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("task_id", sa.String(128)),
        sa.Column("reason", sa.Text),
        sa.Column("kept_key", sa.Text),
        sa.Column("kept_bytes", sa.BigInteger),
        sa.Column("kept_sha256", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_generations_provider_task_id", "generations", ["provider", "task_id"], unique=False)
