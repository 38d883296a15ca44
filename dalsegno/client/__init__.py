"""The Python client: starts jobs, tells where they are, fetches what they made.

client = await MusicClient.connect()
job = await client.start(MusicRequest(customer_id="acme", duration=60, mood="calm"))
result = await job.result()
"""

from dalsegno.client.job import JobHandle
from dalsegno.client.music_client import MusicClient

__all__ = ["JobHandle", "MusicClient"]
