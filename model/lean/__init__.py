"""The lean rollout: networks on a processor, strip by strip, in the fewest passes over memory."""
