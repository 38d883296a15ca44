"""What the browser tests share: one browser a test process, and Temporal's Web UI in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from dalsegno.runtime.server import EmbeddedServer
from tests.browser.web_ui import WebUI
from tests.support.browser import PATIENCE_MS, chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser."""
    async with chromium(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def web_ui(browser: Browser, server: EmbeddedServer) -> AsyncIterator[WebUI]:
    """Temporal's Web UI in a tab of its own."""
    page = await browser.new_page(base_url=server.web_ui)
    page.set_default_timeout(PATIENCE_MS)
    yield WebUI(page)
    await page.close()
