"""Where a region's frames come from: one file a kind of source, and the table that lists them."""
