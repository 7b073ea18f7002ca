"""From `provider/model` to a backend, and what there is to choose from. Opens no connection and imports no client
until a backend is opened.

Other packages add backends through the entry-point group `extractor.backends`. An entry point's name is the provider;
its object is called with the model and `BackendOptions`, and returns a `Backend`:

    [project.entry-points."extractor.backends"]
    acme = "acme_extractor:open_acme"

A built-in provider cannot be replaced in this way.
"""

from __future__ import annotations

import difflib
import socket
from dataclasses import dataclass, fields, replace
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from extractor.backends.addresses import check_base_url, is_loopback, secrets_in, without_secrets
from extractor.backends.base import Backend, Terms
from extractor.backends.failures import Endpoint
from extractor.backends.keys import find_key, forms_of
from extractor.backends.profiles import Profile, find_profile, own_price, read_profiles
from extractor.backends.providers import Provider, providers
from extractor.errors import UsageError

ENTRY_POINTS = "extractor.backends"
OFFLINE = "rules"
REPLAY = "replay"
_OFFLINE_MODEL = "baseline"
LOCAL = ("local", "llamacpp")
"""Names of the backend that runs a GGUF file in this process."""

_LOCAL_EXTRA = "'conflict-event-extractor[local]'"
_PROBE_TIMEOUT_S = 0.2
DEFAULT_TIMEOUT_S = 120.0
OWN_TIMEOUT_S = 600.0
"""For models that users run themselves: on processors, reading a long prompt and writing an answer takes minutes."""


@dataclass(frozen=True, slots=True)
class BackendOptions:
    """How a backend is reached.

    Attributes:
        base_url: instead of the provider's own; None: the provider's own.
        timeout_s: for a whole answer, in seconds, > 0.
        api_key_env: the environment variable that holds the key, instead of the provider's own.
        max_connections: open at once, >= 1; requests beyond wait, and their waiting counts as time.
        api_key_file: a file that holds the key, instead of any environment variable.
        offline: nothing may leave this machine; the registry refuses what says it is hosted.
    """

    base_url: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    api_key_env: str | None = None
    max_connections: int = 256
    api_key_file: Path | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """One line of `extractor backends`.

    Attributes:
        provider: the part before the slash; all of the name for a profile.
        what: one line.
        needs: a package, a key's environment variable, a running server; empty when nothing.
        usable: whether it can be used now, as far as can be known without asking it.
        why_not: what is missing, as a sentence that says what to do; None when usable.
        profile: whether it is one of `backends.toml`.
    """

    provider: str
    what: str
    needs: str
    usable: bool
    why_not: str | None = None
    profile: bool = False


def open_backend(
    ref: str,
    *,
    base_url: str | None = None,
    timeout_s: float | None = None,
    api_key_env: str | None = None,
    max_connections: int = 256,
    api_key_file: Path | None = None,
    offline: bool = False,
) -> Backend:
    """Open the backend that `ref` names: `provider/model`, or a profile of `backends.toml`.

    See `BackendOptions` for the rest. What is None is taken from the profile, then from the provider.

    Raises:
        UsageError: no such backend (the closest name is suggested), a package or a key is missing, a bad base URL, a
            broken `backends.toml`, or a hosted endpoint when `offline`.
    """
    profile = _profile(ref.strip())
    provider, slash, model = profile.backend.partition("/")
    if not slash or not provider or not model:
        raise UsageError(
            f"no backend {ref!r}: write provider/model, such as rules/baseline, openai/MODEL, ollama/MODEL, or the "
            f"name of a profile in backends.toml{_profiles_there(ref)}"
        )
    if api_key_env and api_key_file:
        raise UsageError("a key's variable and a key file: give one of them")
    if api_key_env is None and api_key_file is None:
        api_key_env, api_key_file = profile.api_key_env, profile.api_key_file
    url = profile.base_url if base_url is None else check_base_url(base_url)
    timeout_s = timeout_s if timeout_s is not None else profile.timeout_s or default_timeout_s(provider)
    if timeout_s <= 0 or max_connections < 1:
        raise UsageError(f"timeout {timeout_s:g} s and {max_connections} connections: both must be above 0")
    options = BackendOptions(url, timeout_s, api_key_env, max_connections, api_key_file, offline)
    backend = _open(profile.backend, provider, model, options)
    elsewhere = backend.endpoint.startswith("http") and not is_loopback(backend.endpoint)
    if offline and (backend.capabilities.hosted or elsewhere):
        raise _not_offline(profile.backend, backend.endpoint)
    return _on_terms(backend, profile)


def _open(ref: str, provider: str, model: str, options: BackendOptions) -> Backend:
    if provider == OFFLINE:
        return _open_rules(model)
    if provider in LOCAL:
        return _open_local(f"{provider}/{model}", model, options)
    if provider == REPLAY:
        from extractor.backends.replay import ReplayBackend

        return ReplayBackend(model)
    if found := providers().get(provider):
        return _open_provider(found, model, options)
    if plugin := _plugins().get(provider):
        return _open_plugin(plugin, model, options)
    raise _unknown(ref, provider)


def default_timeout_s(provider: str) -> float:
    """Seconds for one answer where nobody says how many: 120, or 600 for models that users run themselves."""
    known = providers().get(provider)
    return OWN_TIMEOUT_S if provider in LOCAL or (known is not None and known.local) else DEFAULT_TIMEOUT_S


def list_backends() -> list[BackendInfo]:
    """All backends, and which are usable now. Looks for packages, keys and local servers; sends nothing anywhere.

    Takes at most 0.2 s for each local server.

    Raises:
        UsageError: a broken `backends.toml`.
    """
    own = [_describe_profile(profile) for profile in read_profiles()]
    rules = BackendInfo(f"{OFFLINE}/{_OFFLINE_MODEL}", "rules, offline and without a model: a floor to beat", "", True)
    why_not = None if find_spec("xllamacpp") else f"pip install {_LOCAL_EXTRA}"
    local = BackendInfo(LOCAL[0], "a GGUF file, in this process: local/PATH.gguf", "xllamacpp", not why_not, why_not)
    built_in = [_describe(provider) for provider in providers().values()]
    added = [
        BackendInfo(name, f"from the package {_distribution(plugin)}", "", True) for name, plugin in _plugins().items()
    ]
    replay = BackendInfo(REPLAY, "the answers that a run recorded, given again: offline and free", "a run", True)
    return [*own, rules, local, replay, *built_in, *added]


def _profile(ref: str) -> Profile:
    """The profile of that name; for `provider/model` one that holds no more than its price in `backends.toml`."""
    if "/" not in ref:
        return find_profile(ref) or Profile(ref, Path(), ref)
    return Profile(ref, Path(), ref)


def _profiles_there(ref: str) -> str:
    names = [profile.name for profile in read_profiles()]
    close = difflib.get_close_matches(ref, names, n=1) or names
    return f": there is {', '.join(close)}" if close else ""


def _on_terms(backend: Backend, profile: Profile) -> Backend:
    """The backend, on the terms of its profile and with the price that `backends.toml` gives, else on its own."""
    known, said = backend.capabilities, profile.terms
    if said.price is None:
        said = replace(said, price=own_price(profile.backend))
    values = {one.name: getattr(said, one.name) for one in fields(Terms)}
    terms = replace(known.terms, **{name: value for name, value in values.items() if value is not None})
    backend.capabilities = replace(known, terms=terms, context_window=profile.context_window or known.context_window)
    return backend


def _not_offline(ref: str, url: str) -> UsageError:
    place = f"{ref} at {without_secrets(url)}" if url else ref
    return UsageError(
        f"{place} is not on this machine, and --offline lets nothing leave it: choose rules/baseline or a local server"
    )


def _open_rules(model: str) -> Backend:
    if model != _OFFLINE_MODEL:
        raise UsageError(f"no backend 'rules/{model}': there is rules/{_OFFLINE_MODEL}")
    from extractor.backends.rules.backend import RulesBackend

    return RulesBackend()


def _open_local(ref: str, model: str, options: BackendOptions) -> Backend:
    if options.base_url is not None:
        raise UsageError(f"{ref} runs in this process and takes no base URL: leave it out, or use openai/ with it")
    from extractor.backends.local import open_local

    return open_local(ref, model, timeout_s=options.timeout_s, offline=options.offline)


def _open_provider(provider: Provider, model: str, options: BackendOptions) -> Backend:
    ref = f"{provider.name}/{model}"
    if install := provider.missing_package():
        raise UsageError(f"{ref} needs a package that is not installed: pip install {install}")
    url = options.base_url or provider.address()
    if not url and provider.base_url_env:
        raise UsageError(f"{ref} needs an address: set {provider.base_url_env}, or give a base URL")
    if options.offline and not is_loopback(url):
        raise _not_offline(ref, url)
    key = find_key(
        provider,
        ref,
        key_env=options.api_key_env,
        key_file=options.api_key_file,
        needed=not (provider.local or (url and is_loopback(url))),
    )
    endpoint = Endpoint(
        name=ref,
        url=without_secrets(url) if url else "",
        key_env=str(options.api_key_file or options.api_key_env or next(iter(provider.key_env), "")) or None,
        missing_model=provider.missing_model,
        secrets=forms_of(key) + secrets_in(url),
    )
    if provider.route == "compatible":
        from extractor.backends.compatible import CompatibleBackend

        return CompatibleBackend(
            provider.at(url),
            model,
            endpoint,
            base_url=url,
            api_key=key,
            timeout_s=options.timeout_s,
            max_connections=options.max_connections,
        )
    from extractor.backends.sdk import SdkBackend, open_sdk_client

    client = open_sdk_client(
        provider,
        model,
        base_url=options.base_url,
        api_key=key or ("none" if url and is_loopback(url) else None),  # SDKs insist on one
        timeout_s=options.timeout_s,
        max_connections=options.max_connections,
    )
    return SdkBackend(provider, endpoint, client, timeout_s=options.timeout_s)


def _open_plugin(plugin: EntryPoint, model: str, options: BackendOptions) -> Backend:
    try:
        backend = plugin.load()(model, options)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"backend {plugin.name!r} of {_distribution(plugin)} cannot be loaded: {error}") from error
    if not isinstance(backend, Backend):
        raise UsageError(f"backend {plugin.name!r} of {_distribution(plugin)} is no Backend: {type(backend).__name__}")
    return backend


def _plugins() -> dict[str, EntryPoint]:
    built_in = {OFFLINE, REPLAY, *LOCAL, *providers()}
    return {point.name: point for point in entry_points(group=ENTRY_POINTS) if point.name not in built_in}


def _distribution(plugin: EntryPoint) -> str:
    return plugin.dist.name if plugin.dist is not None else plugin.value


def _unknown(ref: str, provider: str) -> UsageError:
    names = [OFFLINE, *providers(), LOCAL[0], REPLAY, *_plugins()]
    close = difflib.get_close_matches(provider.lower(), names, n=1)
    meant = f" Did you mean {close[0]}/{ref.partition('/')[2]}?" if close else ""
    return UsageError(f"no backend {ref!r}.{meant} There are: {', '.join(f'{name}/…' for name in names)}")


def _describe_profile(profile: Profile) -> BackendInfo:
    """A profile's line: usable as far as its provider, or the key that it names, says so."""
    what = f"{profile.backend} at {without_secrets(profile.base_url)}" if profile.base_url else profile.backend
    needs = str(profile.api_key_file or profile.api_key_env or "")
    why_not = None
    try:
        provider = providers().get(profile.backend.partition("/")[0])
        if provider is not None:
            url = profile.base_url or provider.address()
            own_server = provider.local or (bool(url) and is_loopback(url))
            find_key(
                provider,
                profile.backend,
                key_env=profile.api_key_env,
                key_file=profile.api_key_file,
                needed=not own_server,
            )
    except UsageError as error:
        why_not = str(error)
    return BackendInfo(profile.name, f"{what} ({profile.file})", needs, why_not is None, why_not, profile=True)


def _describe(provider: Provider) -> BackendInfo:
    install = provider.missing_package()
    if provider.local:
        needs = f"a server at {provider.base_url}"
        why_not = None if _listens(provider.local_port) else f"nothing listens on port {provider.local_port}: start it"
    else:
        needs = ", ".join([*provider.packages, *provider.key_env[:1], *filter(None, [_address_needed(provider)])])
        why_not = _not_set(provider)
    if install:
        why_not = f"pip install {install}"
    return BackendInfo(provider.name, provider.what, needs, why_not is None, why_not)


def _address_needed(provider: Provider) -> str:
    return provider.base_url_env if not provider.base_url else ""


def _not_set(provider: Provider) -> str | None:
    """What a hosted provider lacks in the environment."""
    missing = [] if provider.key() or not provider.key_env else [provider.key_env[0]]
    if _address_needed(provider) and not provider.address():
        missing.append(provider.base_url_env)
    return f"set {' and '.join(missing)}" if missing else None


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False
