"""Every format we read and write, one file each, and the table that lists them."""
