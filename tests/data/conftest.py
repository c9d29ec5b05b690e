import pytest

from gangame import user_cache


@pytest.fixture(scope="session")
def cache_of_the_tests(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache_of_the_tests, monkeypatch):
    """What is slow to read is kept for the other tests, and not among the things of whoever runs them."""
    monkeypatch.setenv(user_cache.VARIABLE, str(cache_of_the_tests))
