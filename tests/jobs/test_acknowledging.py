"""A worker whose network is cut while it acknowledges a wake-up hears the next one."""

from typing import Any

import pytest
from kombu import Connection, Consumer, Exchange, Queue
from kombu.transport.redis import Channel

from jobs import celery_app
from jobs.acknowledging import Forgiving
from tests.servers import valkey

pytestmark = pytest.mark.store


def test_a_message_that_cannot_be_acknowledged_makes_nobody_deaf() -> None:
    assert celery_app.app.conf.worker_prefetch_multiplier == 1
    assert Channel.QoS is Forgiving
    queue, got = Queue("wakes", Exchange("wakes"), "wakes"), []
    with valkey() as url:
        connection = Connection(url, transport_options={"socket_timeout": 30, "socket_connect_timeout": 30})
        connection.Producer(serializer="json").publish(
            {}, exchange=queue.exchange, routing_key="wakes", declare=[queue]
        )
        channel: Any = connection.channel()
        with Consumer(channel, [queue], callbacks=[lambda _, message: got.append(message)], prefetch_count=1):
            connection.drain_events(timeout=60)
            assert not channel.qos.can_consume()
    with pytest.raises(connection.connection_errors):
        got[0].ack()
    assert channel.qos.can_consume()
