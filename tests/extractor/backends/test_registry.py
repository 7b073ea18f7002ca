"""Which backends there are, what they lack, and how others add theirs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from extractor.backends import Backend, BackendInfo, list_backends, open_backend
from extractor.backends.providers import Provider, providers
from extractor.backends.registry import default_timeout_s
from extractor.errors import UsageError
from tests.extractor.backends.conftest import make_request
from tests.loopback.server import LoopbackServer


def info(name: str) -> BackendInfo:
    return next(entry for entry in list_backends() if entry.provider == name)


def test_importing_and_listing_load_no_client_library() -> None:
    program = (
        "import sys; from extractor.backends import list_backends; list_backends();"
        "print(sorted({'openai', 'instructor', 'anthropic', 'google.genai', 'httpx2'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_listing_has_a_line_for_every_backend() -> None:
    listed = [entry.provider for entry in list_backends()]
    assert listed[0] == "rules/baseline"
    assert set(providers()) <= set(listed)
    assert len(listed) == len(set(listed))


def test_every_provider_that_instructor_knows_is_there() -> None:
    from instructor.auto_client import supported_providers

    assert set(supported_providers) <= set(providers())


def test_every_row_of_the_provider_table_has_the_types_that_it_should() -> None:
    hints = {"what": str, "base_url": str, "key_env": tuple, "strict": bool, "local_port": int, "seed_parameter": str}
    for provider in providers().values():
        assert isinstance(provider, Provider)
        assert all(isinstance(getattr(provider, name), kind) for name, kind in hints.items())
        assert provider.route in ("compatible", "sdk")
        assert provider.mode in ("JSON_SCHEMA", "TOOLS", "JSON")
        assert provider.missing_model.format(model="m")
        if provider.route == "compatible":
            assert provider.base_url or provider.base_url_env
            assert provider.mode != "JSON", "never bare JSON mode"
        assert not provider.base_url.endswith("/")


def test_the_handlers_of_every_compatible_provider_exist_in_instructor() -> None:
    from instructor import v2

    for provider in providers().values():
        if provider.route == "compatible":
            assert v2.mode_registry.is_registered(v2.Provider(provider.handlers), v2.Mode[provider.mode]), provider.name


@pytest.mark.parametrize("ref", ["", "openai", "/m", "openai/", "  "])
def test_a_reference_without_its_two_parts_is_told_how_to_write_it(ref: str) -> None:
    with pytest.raises(UsageError, match="write provider/model"):
        open_backend(ref)


def test_an_unknown_backend_gets_the_closest_name_and_the_list() -> None:
    with pytest.raises(UsageError, match=r"Did you mean anthropic/claude-x\?.*ollama/…"):
        open_backend("antropic/claude-x")
    with pytest.raises(UsageError) as caught:
        open_backend("qqqqqq/m")
    assert "Did you mean" not in str(caught.value)
    assert "There are: rules/…, " in str(caught.value)


def test_a_model_that_the_rules_do_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="rules/baseline"):
        open_backend("rules/better")


@pytest.mark.parametrize(
    ("ref", "variable"),
    [("openai/m", "OPENAI_API_KEY"), ("anthropic/m", "ANTHROPIC_API_KEY"), ("groq/m", "GROQ_API_KEY")],
)
def test_a_missing_key_is_named_by_its_environment_variable(ref: str, variable: str) -> None:
    pytest.importorskip("anthropic", reason="the extra 'anthropic' is not installed")
    with pytest.raises(UsageError, match=f"set the environment variable {variable}"):
        open_backend(ref)


def test_a_key_variable_of_the_users_own_must_be_set() -> None:
    with pytest.raises(UsageError, match="MY_UNSET_KEY is not set"):
        open_backend("openai/m", base_url="http://127.0.0.1:1/v1", api_key_env="MY_UNSET_KEY")


def test_an_endpoint_elsewhere_needs_a_key_and_one_here_does_not() -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        open_backend("openai/m", base_url="https://models.example.org/v1")
    assert open_backend("openai/m", base_url="http://[::1]:8000/v1/").endpoint == "http://[::1]:8000/v1"
    assert open_backend("ollama/m").endpoint == "http://localhost:11434/v1"


def test_addresses_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k" * 12)
    with pytest.raises(UsageError, match="AZURE_OPENAI_ENDPOINT"):
        open_backend("azure_openai/deployment")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com/")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9999/v1")
    assert open_backend("azure_openai/deployment").endpoint == "https://acme.openai.azure.com/openai/v1"
    assert open_backend("openai/m").endpoint == "http://127.0.0.1:9999/v1"


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1"])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="base URL"):
        open_backend("openai/m", base_url=url)


def test_a_refused_base_url_is_shown_without_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        open_backend("openai/m", base_url="ftp://ann:hunter2@host/v1?key=abc")
    assert "hunter2" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("options", [{"timeout_s": 0}, {"timeout_s": -1}, {"max_connections": 0}])
def test_times_and_connections_must_be_above_zero(options: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="above 0"):
        open_backend("ollama/m", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("provider", "seconds"), [("openai", 120), ("anthropic", 120), ("ollama", 600), ("vllm", 600), ("local", 600)]
)
def test_models_that_users_run_themselves_have_longer_to_answer(provider: str, seconds: int) -> None:
    assert default_timeout_s(provider) == seconds


def test_the_time_for_an_answer_is_what_is_asked_for_else_the_backends_own() -> None:
    assert open_backend("ollama/m")._timeout_s == 600  # type: ignore[attr-defined]
    assert open_backend("ollama/m", timeout_s=7)._timeout_s == 7  # type: ignore[attr-defined]


def test_a_missing_package_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.backends.providers.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'conflict-event-extractor\[anthropic\]'"):
        open_backend("anthropic/m")
    assert info("anthropic").why_not == "pip install 'conflict-event-extractor[anthropic]'"


def test_the_list_says_what_a_hosted_provider_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert info("openai").why_not == "set OPENAI_API_KEY"
    assert not info("openai").usable
    monkeypatch.setenv("OPENAI_API_KEY", "k" * 12)
    assert info("openai").usable
    assert info("openai").why_not is None
    assert info("azure_openai").why_not == "set AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT"


def test_the_list_says_whether_a_local_server_listens(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Provider("vllm", "a server", base_url=loopback.url, local_port=loopback.port)
    monkeypatch.setattr("extractor.backends.registry.providers", lambda: {"vllm": here})
    assert info("vllm").usable
    loopback.stop()
    assert f"nothing listens on port {loopback.port}" in (info("vllm").why_not or "")


PLUGIN = """
from extractor.backends import BackendOptions, Capabilities
from extractor.records import Completion, Request


class Echo:
    def __init__(self, model: str, options: BackendOptions) -> None:
        self.name, self.endpoint, self.capabilities = f"echo/{model}", "", Capabilities("none", hosted=False)

    async def complete(self, request: Request) -> Completion:
        return Completion(request.messages[-1].content)

    async def aclose(self) -> None:
        pass
"""


@pytest.fixture
def installed_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution as pip leaves it: a module and its metadata."""
    (tmp_path / "echo_plugin.py").write_text(PLUGIN, encoding="utf-8")
    metadata = tmp_path / "echo_plugin-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-plugin\nVersion: 1.0\n", encoding="utf-8")
    points = """
        [extractor.backends]
        echo = echo_plugin:Echo
        broken = echo_plugin:Missing
        nothing = builtins:dict.fromkeys
        openai = echo_plugin:Echo
    """
    (metadata / "entry_points.txt").write_text(textwrap.dedent(points), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("installed_plugin")
def test_another_package_can_add_a_backend() -> None:
    backend = open_backend("echo/loud")
    assert backend.name == "echo/loud"
    assert isinstance(backend, Backend)
    assert asyncio.run(backend.complete(make_request("a wren"))).text == "a wren"
    assert info("echo").what == "from the package echo-plugin"


@pytest.mark.usefixtures("installed_plugin")
def test_a_plugin_cannot_replace_a_built_in_provider() -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        open_backend("openai/m")


@pytest.mark.usefixtures("installed_plugin")
def test_a_broken_plugin_is_named_with_its_package() -> None:
    with pytest.raises(UsageError, match=r"'broken' of echo-plugin cannot be loaded"):
        open_backend("broken/m")
    with pytest.raises(UsageError, match=r"'nothing' of echo-plugin is no Backend"):
        open_backend("nothing/m")
