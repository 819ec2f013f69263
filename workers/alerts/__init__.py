"""Alerts: nowcasts are looked at, events are told of, and judged by the radar that comes."""
