"""The body of a chat-completions request, the same whether it is posted now or written into a batch file."""

from __future__ import annotations

from typing import Any

from extractor.backends.providers import Provider
from extractor.backends.structured import request_arguments
from extractor.records import Request


class ChatBodies:
    """Makes the bodies for one model.

    Args:
        provider: how it wants to be asked.
        model: its name there.

    Attributes:
        sends_temperature: turned off for models that take none.
    """

    def __init__(self, provider: Provider, model: str) -> None:
        self.sends_temperature = provider.takes_temperature
        self._provider = provider
        self._model = model
        self._prepared: tuple[dict[str, Any], dict[str, Any]] | None = None

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON value to post to `/chat/completions`."""
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            self._provider.tokens_parameter: request.max_tokens,
            **self._schema_arguments(request),
        }
        if request.temperature is not None and self.sends_temperature:
            body["temperature"] = request.temperature
        if request.seed is not None and self._provider.seed_parameter:
            body[self._provider.seed_parameter] = request.seed
        return body

    def _schema_arguments(self, request: Request) -> dict[str, Any]:
        """The part of the request that instructor makes, kept for as long as requests show the same schema."""
        if self._prepared is None or (
            self._prepared[0] is not request.json_schema and self._prepared[0] != request.json_schema
        ):
            provider = self._provider
            arguments = request_arguments(
                provider.handlers, provider.mode, request.schema_name, request.json_schema, strict=provider.strict
            )
            self._prepared = request.json_schema, arguments
        return self._prepared[1]
