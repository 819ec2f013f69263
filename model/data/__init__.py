"""The data sets a network is trained and scored on: one file each, one table, one kind of window."""
