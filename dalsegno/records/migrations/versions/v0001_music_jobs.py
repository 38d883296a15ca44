"""The table `music_jobs`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table and its indexes."""
    op.create_table(
        "music_jobs",
        sa.Column("job_id", sa.String(128), primary_key=True),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("prompt", sa.Text),
        sa.Column("mood", sa.String(16)),
        sa.Column("requested_duration_seconds", sa.Double, nullable=False),
        sa.Column("reference_song_title", sa.Text),
        sa.Column("reference_artist", sa.Text),
        sa.Column("reference_bpm", sa.Double),
        sa.Column("reference_key", sa.Text),
        sa.Column("reference_mood", sa.String(16)),
        sa.Column("reference_confidence", sa.Double),
        sa.Column("r2_key", sa.Text),
        sa.Column("r2_preview_key", sa.Text),
        sa.Column("file_size_bytes", sa.BigInteger),
        sa.Column("audio_duration_seconds", sa.Double),
        sa.Column("error_message", sa.Text),
        sa.Column("failure_type", sa.String(40)),
        sa.Column("workflow_run_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_music_jobs_customer_id_created_at", "music_jobs", ["customer_id", "created_at"], unique=False
    )
    op.create_index("ix_music_jobs_status_updated_at", "music_jobs", ["status", "updated_at"], unique=False)
