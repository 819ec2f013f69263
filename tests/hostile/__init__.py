"""Bytes of strangers in their thousands: made by seeds, read in processes that are bounded."""
