"""What gateway and workers agree on: settings, job records, the queue and the store."""
