"""The explorer in a real browser without a window: sliders move, rules change, and the page follows."""

import importlib.util
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

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


def figure(page):
    """The source of the one picture on the page."""
    return page.locator("marimo-ui-element img, img").first.get_attribute("src")


def wait_for_radius(page, radius):
    page.wait_for_function(
        "text => document.body.innerText.replace(/\\s+/g, ' ').includes('spectral radius ρ ' + text)",
        arg=f"{radius:.5f}",
    )


@needs_browser
def test_the_page_follows_its_sliders_and_its_rule(page):
    wait_for_radius(page, (1 + 0.1**2) ** 0.5)
    text = re.sub(r"\s+", " ", page.inner_text("body"))
    assert "verdict repels" in text
    pictures = [figure(page)]

    # A step of the slider is 0.01: twenty to the right are η = 0.3, and one eigenvalue pair moves outward with it.
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    wait_for_radius(page, (1 + 0.3**2) ** 0.5)
    page.wait_for_function("old => document.querySelector('img').src != old", arg=pictures[-1])
    pictures.append(figure(page))

    # The rule of the list below: one unrolls five steps, and the circle becomes a spiral inward.
    page.get_by_label("rule").select_option("unrolled")
    wait_for_radius(page, 0.88234)
    page.wait_for_function("old => document.querySelector('img').src != old", arg=pictures[-1])
    assert "verdict attracts" in re.sub(r"\s+", " ", page.inner_text("body"))
    pictures.append(figure(page))
    assert len(set(pictures)) == 3

    # Another game keeps the step size and the rule.
    page.get_by_label("game").select_option("dirac")
    page.wait_for_function("old => document.querySelector('img').src != old", arg=pictures[-1])
    assert page.get_by_label("rule").input_value() == "unrolled"


def test_what_cannot_be_shown_is_one_sentence(monkeypatch):
    with pytest.raises(UserError, match="two scalars"):
        explore.explore("quadratic:size=2", "simultaneous", None, browser=False)
    with pytest.raises(UserError, match="no rule for bilinear named 'simultanous'"):
        explore.explore("bilinear", "simultanous", None, browser=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"gangame\[notebooks\]"):
        explore.explore("bilinear", "simultaneous", None, browser=False)
