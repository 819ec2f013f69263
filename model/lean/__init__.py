"""The lean rollout: ConvLSTM and TrajGRU networks on a processor, strip by strip, in the fewest passes over memory."""
