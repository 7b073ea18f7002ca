"""A backend in this process whose every answer has the same price."""

from __future__ import annotations

from extractor.backends import Capabilities
from extractor.records import Completion, Request, Usage


class PricedBackend:
    """Finds no events, at `price` dollars an answer; None: at a price that is not known."""

    name = "acme/priced"
    endpoint = "https://acme.invalid/v1"
    capabilities = Capabilities(structured_output="json_schema", hosted=True)

    def __init__(self, price: float | None) -> None:
        self._price = price

    async def complete(self, request: Request) -> Completion:
        return Completion('{"events": []}', model=request.schema_name, usage=Usage(10, 1), cost_usd=self._price)

    async def aclose(self) -> None:
        """Nothing to close."""
