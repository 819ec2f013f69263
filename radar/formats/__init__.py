"""Radar files to Frames and back, one file a format."""
