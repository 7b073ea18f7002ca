"""A model endpoint on 127.0.0.1 for the tests: real HTTP, real protocols, programmable answers and faults."""
