"""One tiny request to a backend, and what it shows: what works, and what is only promised."""

from __future__ import annotations

import json
from dataclasses import dataclass

from extractor.backends.base import Backend, TellsContextWindow
from extractor.backends.prices import Pricing
from extractor.errors import BackendError
from extractor.records import Article, Completion, Message, Request

_MAX_TOKENS = 2000
"""Room for the thoughts of models that think; the answer itself has some forty tokens."""

_EXPECTED = {"first": "kestrel", "second": "heron", "third": "plover", "fourth": "bittern"}
"""What the schema allows and the instructions forbid: whoever answers so was held to the schema."""

_SCHEMA = {
    "type": "object",
    "title": "Probe",
    "properties": {name: {"type": "string", "enum": [value]} for name, value in _EXPECTED.items()},
    "required": list(_EXPECTED),
    "additionalProperties": False,
}
_MESSAGES = (
    Message("system", "You reply with one plain English word. You never write JSON."),
    Message("user", "Reply with the word: banana"),
)
_KEY_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `good`: True works, False does not, None cannot be said or does not matter."""

    name: str
    good: bool | None
    said: str


async def examine(backend: Backend) -> list[Finding]:
    """Send one tiny request and say what works; the first finding that is not good explains those after it."""
    capabilities = backend.capabilities
    place = backend.endpoint or ("its provider's own address" if capabilities.hosted else "in this process")
    where = "elsewhere: articles leave this machine" if capabilities.hosted else "on this machine"
    pricing = Pricing(backend.name, backend.endpoint, capabilities.terms.price)
    found = [Finding("address", None, f"{place}, {where}")]
    if capabilities.structured_output == "native":
        return [*found, Finding("schema", True, "builds valid records itself"), _price(pricing)]
    try:
        completion = await backend.complete(_request())
    except BackendError as error:
        return [*found, *_failed(error), _price(pricing)]
    return [
        *found,
        Finding("reachable", True, f"yes, {completion.model or 'no model named'} answered"),
        Finding("key", True if capabilities.hosted else None, "accepted" if capabilities.hosted else "not looked at"),
        _schema(backend, completion),
        _usage(completion),
        _speed(completion),
        await _window(backend, pricing),
        _price(pricing),
    ]


def _request() -> Request:
    article = Article(id="probe", text=_MESSAGES[1].content)
    return Request(article, _MESSAGES, "probe", _SCHEMA, max_tokens=_MAX_TOKENS, temperature=0.0)


def _failed(error: BackendError) -> list[Finding]:
    if error.kind in ("unreachable", "timeout"):
        return [Finding("reachable", False, str(error))]
    reached = Finding("reachable", True, "yes")
    if error.status in _KEY_REFUSED:
        return [reached, Finding("key", False, str(error))]
    return [reached, Finding("answer", False, str(error))]


def _schema(backend: Backend, completion: Completion) -> Finding:
    way = backend.capabilities.structured_output
    if completion.finish != "stop":
        return Finding(
            "schema", None, f"asked for as {way}; the answer ended as {completion.finish}, so it shows nothing"
        )
    try:
        value = json.loads(completion.text)
    except ValueError:
        value = None
    if value == _EXPECTED:
        return Finding("schema", True, f"enforced ({way}): the answer kept to it against its instructions")
    form = "JSON of another form" if isinstance(value, dict) else "no JSON"
    return Finding("schema", False, f"only hoped for: asked for as {way}, and {form} came back; re-asks will cost more")


def _usage(completion: Completion) -> Finding:
    usage = completion.usage
    if usage is None:
        return Finding("usage", False, "not reported: costs and budgets cannot be kept")
    return Finding("usage", True, f"reported: {usage.input_tokens} tokens in, {usage.output_tokens} out")


def _speed(completion: Completion) -> Finding:
    if completion.latency_s is None or completion.usage is None:
        return Finding("speed", None, "not known")
    seconds = max(completion.latency_s, 1e-6)
    written = completion.usage.output_tokens
    return Finding(
        "speed", None, f"{written / seconds:.0f} tokens a second: {written} in {seconds:.2f} s, its start included"
    )


async def _window(backend: Backend, pricing: Pricing) -> Finding:
    if stated := backend.capabilities.context_window:
        return Finding("context window", True, f"{stated} tokens")
    found = None
    if isinstance(backend, TellsContextWindow):
        try:
            found = await backend.find_context_window()
        except BackendError as error:
            return Finding("context window", None, f"not known: {error}")
    if found is not None:
        return Finding("context window", True, f"{found} tokens, as the endpoint says")
    if listed := pricing.context_window:
        return Finding("context window", True, f"{listed} tokens, as the price list says")
    return Finding("context window", None, "not known: say it in a profile, context_window = …")


def _price(pricing: Pricing) -> Finding:
    return Finding("price", pricing.known, str(pricing))
