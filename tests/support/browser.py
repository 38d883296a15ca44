"""The machine's own Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

# A page of the Web UI takes seconds on two busy cores, and whatever is waited for may be behind several.
PATIENCE_MS = 60_000


@asynccontextmanager
async def chromium(home: Path) -> AsyncIterator[Browser]:
    """A Chromium without a window that reaches this machine alone, as long as the block runs.

    Args:
        home: the folder for what it keeps outside its profile, which is a temporary one.
    """
    program = shutil.which("chromium")
    assert program, "There is no `chromium` on the PATH: install Debian's package of that name."
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            # The Web UI looks for news, the browser for updates: nothing of a test depends on other machines.
            args=["--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            env={**os.environ, "HOME": str(home)},
            timeout=PATIENCE_MS,
        )
        try:
            yield browser
        finally:
            await browser.close()
