"""Fixtures that tests of several packages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.loopback.server import LoopbackServer


@pytest.fixture
def loopback() -> Iterator[LoopbackServer]:
    """A model endpoint on 127.0.0.1 that answers `{"events": []}` until told otherwise."""
    with LoopbackServer() as server:
        yield server
