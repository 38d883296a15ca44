"""The tables, for SQLite and PostgreSQL alike."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept and given back in UTC. SQLite knows no time zones: there the text is always UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """To UTC. The callers have refused times without a zone."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """From what the driver gives: without a zone on SQLite, in the session's zone on PostgreSQL."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

music_jobs = Table(
    "music_jobs",
    metadata,
    Column("job_id", String(128), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("step", String(16), nullable=False),
    Column("title", Text),
    Column("provider", String(40), nullable=False),
    Column("prompt", Text),
    Column("mood", String(16)),
    Column("requested_duration_seconds", Double, nullable=False),
    Column("reference_song_title", Text),
    Column("reference_artist", Text),
    Column("reference_bpm", Double),
    Column("reference_key", Text),
    Column("reference_mood", String(16)),
    Column("reference_confidence", Double),
    Column("r2_key", Text),
    Column("r2_preview_key", Text),
    Column("file_size_bytes", BigInteger),
    Column("audio_duration_seconds", Double),
    Column("error_message", Text),
    Column("failure_type", String(40)),
    Column("workflow_run_id", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Index("ix_music_jobs_customer_id_created_at", "customer_id", "created_at"),
    Index("ix_music_jobs_status_updated_at", "status", "updated_at"),
)

generations = Table(
    "generations",
    metadata,
    Column("job_id", String(128), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("provider", String(40), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", String(36)),
    Column("deadline", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("task_id", String(128)),
    Column("reason", Text),
    Column("kept_key", Text),
    Column("kept_bytes", BigInteger),
    Column("kept_sha256", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_generations_provider_task_id", "provider", "task_id"),
)

# One row, made with the table and never changed.
database_identity = Table("database_identity", metadata, Column("identity", String(36), primary_key=True))

catalog_tracks = Table(
    "catalog_tracks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("track_id", String(32), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("artist", Text),
    Column("seconds", Double, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
)

# Which track has which sub-fingerprint. Tracks are named by number here: there are thousands of rows a track.
catalog_keys = Table(
    "catalog_keys",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,  # the primary key is all that there is
)
