"""`backends.toml`: a backend under a name of the user's own, and every way in which the file can be broken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from extractor.backends import list_backends, open_backend
from extractor.backends.base import Terms
from extractor.backends.prices import TokenPrice
from extractor.backends.profiles import profile_files, read_profiles
from extractor.errors import UsageError
from extractor.records import Request
from tests.extractor.backends.conftest import ANSWER, KEY
from tests.loopback.server import LoopbackServer


@pytest.fixture(autouse=True)
def _folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def write(text: str, folder: Path = Path()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backends.toml").write_text(text)


def test_a_profile_answers_with_its_url_key_limits_and_prices(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch, new_request: Callable[..., Request]
) -> None:
    monkeypatch.setenv("NIGHT_KEY", KEY)
    write(
        f"""
        [night]
        backend = "openai/some-model"
        base_url = "{loopback.url}/"
        api_key_env = "NIGHT_KEY"
        timeout = 3
        concurrency = 32
        requests_per_minute = 500
        tokens_per_minute = 200000.5
        context_window = 9000
        prices = {{ input = 0.25, cached_input = 0.025, output = 2 }}
        """
    )
    loopback.api_key, loopback.answer = KEY, ANSWER
    backend = open_backend("night")
    assert (backend.name, backend.endpoint) == ("openai/some-model", loopback.url)
    assert backend.capabilities.context_window == 9000
    assert backend.capabilities.terms == Terms(500, 200000.5, 32, TokenPrice(0.25, 2, 0.025))

    async def ask() -> str:
        try:
            return (await backend.complete(new_request())).text
        finally:
            await backend.aclose()

    assert "bittern" in asyncio.run(ask())


def test_what_is_said_when_opening_beats_the_profile(loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", KEY)
    write('[night]\nbackend = "openai/m"\nbase_url = "https://llm.example.org/v1"\napi_key_env = "NOT_SET"')
    assert open_backend("night", base_url=loopback.url, api_key_env="OTHER_KEY").endpoint == loopback.url
    with pytest.raises(UsageError, match="NOT_SET is not set"):
        open_backend("night")


def test_the_current_folder_comes_before_the_users_config_folder() -> None:
    user = profile_files()[1].parent
    write('[a]\nbackend = "rules/baseline"\n[b]\nbackend = "vllm/b"\nconcurrency = 3', user)
    write('[b]\nbackend = "vllm/b"\nconcurrency = 5')
    assert open_backend("a").name == "rules/baseline"
    assert open_backend("b").capabilities.terms.concurrency == 5
    assert [profile.name for profile in read_profiles()] == ["b", "a", "b"]


def test_prices_may_be_given_for_a_backend_without_a_profile(loopback: LoopbackServer) -> None:
    write('[prices."openai/some-model"]\ninput = 1\noutput = 4')
    terms = open_backend("openai/some-model", base_url=loopback.url).capabilities.terms
    assert terms == Terms(price=TokenPrice(1, 4))
    assert open_backend("openai/other", base_url=loopback.url).capabilities.terms == Terms()


def test_profiles_are_listed_first_and_say_what_they_lack(loopback: LoopbackServer) -> None:
    write(
        f'[mine]\nbackend = "openai/m"\nbase_url = "{loopback.url}"\n'
        '[paid]\nbackend = "openai/m"\napi_key_env = "NOT_SET"'
    )
    mine, paid = list_backends()[:2]
    assert (mine.provider, mine.profile, mine.usable) == ("mine", True, True)
    assert (paid.provider, paid.usable) == ("paid", False)
    assert "NOT_SET is not set" in (paid.why_not or "")


def test_an_unknown_profile_names_the_closest_one() -> None:
    write('[night]\nbackend = "rules/baseline"\n[day]\nbackend = "rules/baseline"')
    with pytest.raises(UsageError, match=r"no backend 'nigth'.*there is night"):
        open_backend("nigth")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[night\n", r"backends\.toml cannot be read: .*line 1"),
        ('backend = "openai/m"', "backend stands outside of a profile"),
        ('[night]\nbase_url = "http://localhost/v1"', r"\[night\]: backend is missing"),
        ('[night]\nbackend = "openai"', "backend must be provider/model"),
        ('[night]\nbackend = "openai/m"\nbaseurl = "http://x/v1"', "no key baseurl: did you mean base_url"),
        ('[night]\nbackend = "openai/m"\nbase_url = "llm.example.org"', r"\[night\]: base URL .* is not usable"),
        ('[night]\nbackend = "openai/m"\nconcurrency = 0', "concurrency: input should be greater than or equal to 1"),
        ('[night]\nbackend = "openai/m"\nconcurrency = "8"', "concurrency: input should be a valid integer"),
        (
            '[night]\nbackend = "openai/m"\nrequests_per_minute = 0',
            "requests_per_minute: input should be greater than 0",
        ),
        ('[night]\nbackend = "openai/m"\nprices = { input = 1 }', "prices.output is missing"),
        ('[night]\nbackend = "openai/m"\nprices = { input = 1, outputs = 2 }', "prices.output"),
        ('[night]\nbackend = "openai/m"\nprices = { input = -1, output = 2 }', "prices.input"),
        ('[night]\nbackend = "openai/m"\nprices = { input = nan, output = 2 }', "prices.input"),
        ('["a/b"]\nbackend = "openai/m"', "name has no slash"),
        ('[night]\nbackend = "openai/m"\napi_key_env = "A"\napi_key_file = "b"', "give one of them"),
        ("[prices]\ninput = 1", r"write \[prices"),
    ],
)
def test_a_broken_file_is_one_line_that_names_the_place(text: str, message: str) -> None:
    write(text)
    with pytest.raises(UsageError, match=message) as caught:
        open_backend("night")
    assert "backends.toml" in str(caught.value)


def test_a_key_in_the_file_is_refused_and_not_repeated() -> None:
    write(f'[night]\nbackend = "openai/m"\napi_key = "{KEY}"')
    with pytest.raises(UsageError, match="keys do not belong in this file") as caught:
        open_backend("night")
    assert KEY not in str(caught.value)


def test_a_broken_file_stops_every_backend_since_it_may_hold_its_price() -> None:
    write("[night\n")
    with pytest.raises(UsageError, match="cannot be read"):
        open_backend("rules/baseline")


def test_a_file_of_broken_bytes_is_named() -> None:
    Path("backends.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"backends\.toml cannot be read"):
        open_backend("night")


def test_an_empty_file_has_no_profiles() -> None:
    write("")
    assert list(read_profiles()) == []
