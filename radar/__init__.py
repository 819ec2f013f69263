"""What a frame of rain is."""
