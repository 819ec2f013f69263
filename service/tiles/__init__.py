"""Map tiles: rain on any region's grid as pictures in Web Mercator."""
