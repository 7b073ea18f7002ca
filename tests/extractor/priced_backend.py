"""A backend in this process whose every answer has the same price."""

from __future__ import annotations

from extractor.backends import Capabilities
from extractor.backends.base import Terms
from extractor.backends.prices import TokenPrice
from extractor.records import Completion, Request, Usage


class PricedBackend:
    """Finds no events, at `price` dollars an answer; None: at a price that is not known."""

    name = "acme/priced"
    endpoint = "https://acme.invalid/v1"

    def __init__(self, price: float | None) -> None:
        known = None if price is None else TokenPrice(0, 0, request=price)
        self.capabilities = Capabilities(structured_output="json_schema", hosted=True, terms=Terms(price=known))

    async def complete(self, request: Request) -> Completion:
        return Completion('{"events": []}', model=request.schema_name, usage=Usage(10, 1))

    async def aclose(self) -> None:
        """Nothing to close."""
