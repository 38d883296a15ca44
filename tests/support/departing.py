"""What a request that leaves asks for."""

from datetime import UTC, datetime, timedelta


async def at_once() -> datetime:
    """Nothing is to be done before the request leaves, and it has a minute."""
    return datetime.now(UTC) + timedelta(minutes=1)
