"""The explorer in a real browser without a window: sliders move, rules change, and the page follows."""

import importlib.util
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest

from gangame.lab import explore
from gangame.lab.spec import UserError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 120_000  # milliseconds; JAX compiles on a shared core
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("playwright") is None,
    reason="needs a browser: install Debian's chromium (apt-get install chromium) and the extra `test` for playwright",
)


@pytest.fixture(scope="module")
def address():
    """The page of `gangame explore`, served while the tests of this module run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gangame", "explore", "bilinear", "simultaneous", "--no-browser", "--port", port]
    server = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE / 1000
    try:
        while True:
            assert server.poll() is None, server.stdout.read()
            assert time.monotonic() < deadline, "the explorer does not answer"
            try:
                urllib.request.urlopen(f"{url}/health").close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture
def page(address):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 950})
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        yield page
        browser.close()


@pytest.fixture
def visible():
    """Returns a function that waits until a text stands on the page (locators look into marimo's elements)."""

    def wait(page, text):
        page.get_by_text(text, exact=True).first.wait_for()

    return wait


@needs_browser
def test_the_page_follows_its_sliders_its_rule_and_its_game(page, visible):
    from playwright.sync_api import expect

    picture = page.locator("img").first
    game, rule = page.locator("select").nth(0), page.locator("select").nth(1)
    step = page.get_by_role("slider").first
    visible(page, f"{(1 + 0.1**2) ** 0.5:.5f}")
    visible(page, "repels")
    seen = [picture.get_attribute("src")]

    def another_picture():
        expect(picture).not_to_have_attribute("src", seen[-1], timeout=PATIENCE)
        seen.append(picture.get_attribute("src"))

    # A step of the slider is 0.01: twenty to the right are η = 0.3, and plain steps then grow by √(1 + 0.3²).
    step.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    visible(page, f"{(1 + 0.3**2) ** 0.5:.5f}")
    another_picture()

    # Unrolling five steps turns the spiral inward: λ² − (2 − 10η²)λ + 1 − 9η² = 0.
    rule.select_option("unrolled")
    visible(page, f"{max(abs(np.roots([1, 10 * 0.3**2 - 2, 1 - 9 * 0.3**2]))):.5f}")
    visible(page, "attracts")
    another_picture()

    # Another game keeps the step size and the rule; in the Dirac-GAN everything turns half as fast.
    game.select_option("dirac")
    visible(page, f"{max(abs(np.roots([1, 10 * 0.15**2 - 2, 1 - 9 * 0.15**2]))):.5f}")
    another_picture()
    assert rule.input_value() == "unrolled"
    assert len(set(seen)) == 4


def test_what_cannot_be_shown_is_one_sentence(monkeypatch):
    with pytest.raises(UserError, match="two scalars"):
        explore.explore("quadratic:size=2", "simultaneous", None, browser=False)
    with pytest.raises(UserError, match="no rule for bilinear named 'simultanous'"):
        explore.explore("bilinear", "simultanous", None, browser=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"gangame\[notebooks\]"):
        explore.explore("bilinear", "simultaneous", None, browser=False)
