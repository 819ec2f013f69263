"""Other model servers around the same network, for `nowcast bench service`; each runs in an environment of its own."""
