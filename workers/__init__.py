"""Turns jobs into nowcasts."""
