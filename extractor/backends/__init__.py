"""What answers a request: hosted, local and offline models behind one protocol. Importing this loads no client."""

from extractor.backends.base import Backend, Capabilities, StructuredOutput
from extractor.backends.registry import BackendInfo, BackendOptions, list_backends, open_backend

__all__ = [
    "Backend",
    "BackendInfo",
    "BackendOptions",
    "Capabilities",
    "StructuredOutput",
    "list_backends",
    "open_backend",
]
