"""A Chromium that behaves the same on a desk, in a container and in continuous integration."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # containers often run as root, where the sandbox refuses to start
    # Chromium otherwise talks to its maker on its own.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The same pixels with and without a GPU.
    "--disable-gpu-rasterization",
    "--disable-accelerated-2d-canvas",
)

GIVEN_UP = "[anywidget] Failed to initialize model."


def executable() -> str | None:
    """Path of an installed Chromium or Chrome; None lets Playwright use the one it downloaded."""
    return os.environ.get("NBVIZ_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Problems:
    """What went wrong in a page: errors on the console, uncaught exceptions, failed requests."""

    texts: list[str] = field(default_factory=list)
    given_up: int = 0  # models whose modules came later than anywidget waits: no fault, they bind themselves again

    def watch(self, page: Page) -> None:
        """Collect from now on."""
        page.on("console", self._console)
        page.on("pageerror", self._uncaught)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A failed request is collected with its address by _response, which this message lacks.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.texts.append(f"console: {message.text[:500]}")

    def _uncaught(self, error: Error) -> None:
        if str(error) == GIVEN_UP:
            self.given_up += 1
            return
        self.texts.append(f"uncaught: {str(error)[:500]}")

    def _failed(self, request: Request) -> None:
        # Leaving a page aborts what it still waits for.
        if request.failure != "net::ERR_ABORTED":
            self.texts.append(f"request: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.texts.append(f"response: {response.url} {response.status}")
