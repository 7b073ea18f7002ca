"""Who asks the same endpoint in the throughput benchmarks: this package, and what one would use without it.

Each runs in a process of its own (`python -m benchmarks.peers WHO …`), so that its processor time and memory are its.
"""
