"""The table `database_identity`, and the identity of this database in it."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table and its one row."""
    table = op.create_table("database_identity", sa.Column("identity", sa.String(36), primary_key=True))
    op.bulk_insert(table, [{"identity": str(uuid4())}])
