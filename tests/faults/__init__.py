"""What a bad day does to the running service: deaths, a full disk, a full store, a clock that jumps, a poison."""
