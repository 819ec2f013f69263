"""Wake-ups that could not be acknowledged, as when the network is cut, are let go of: the worker must not grow deaf.

kombu counts them as being worked on for as long as the connection lives, and a worker that may have one at a time
then takes no other for ever. They come again by themselves, and a drain too many does no harm.
"""

from typing import Any

from kombu.transport.redis import Channel, QoS
from kombu.transport.virtual import QoS as Counting


class Forgiving(QoS):
    """What counts the messages of a channel."""

    def ack(self, delivery_tag: Any) -> None:
        """Acknowledge; what fails is raised, and the message no longer counts."""
        try:
            super().ack(delivery_tag)
        except Exception:
            Counting.ack(self, delivery_tag)
            raise


def forgive() -> None:
    """From now on channels of this process let go."""
    Channel.QoS = Forgiving
