"""The networks, their training, and the engine that runs them."""
