"""Each published metric against worked examples, an oracle or the reference figures."""
