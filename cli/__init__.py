"""The `nowcast` command."""
