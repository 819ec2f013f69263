"""`python -m cli` is `nowcast`."""

from cli.main import main

main()
