"""The embedded server."""

from pathlib import Path

from dalsegno.runtime.server import EmbeddedServer


async def test_any_folder_can_be_its_home(tmp_path: Path) -> None:
    """Characters with a meaning in addresses are just characters in a folder's name."""
    home = tmp_path / "50% of what? #1 é"
    home.mkdir()
    server = await EmbeddedServer.start(home)
    await server.child.stop()
    assert [path.name for path in tmp_path.iterdir()] == [home.name]
    assert (home / "temporal.db").exists()
