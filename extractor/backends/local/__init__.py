"""Models on this machine without a server to look after: llama.cpp's own, started inside the process on a GGUF file."""

from extractor.backends.local.backend import LocalBackend, open_local

__all__ = ["LocalBackend", "open_local"]
