"""What a worker says of its device; there is a processor everywhere."""

import time

from prometheus_client import REGISTRY

from workers.device import Device


def told(name: str) -> float:
    found = REGISTRY.get_sample_value(name, {"device": "cpu"})
    assert found is not None
    return found


def test_a_processor_tells_the_share_of_its_threads_and_the_memory_of_this_process() -> None:
    device = Device("cpu", threads=1)
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    device.note()
    assert 0 < told("nowcast_device_utilization_ratio") <= 1
    assert 0 <= told("nowcast_device_memory_bytes") < told("nowcast_device_memory_total_bytes")


def test_who_waits_is_not_busy() -> None:
    device = Device("cpu", threads=64)
    time.sleep(0.05)
    assert device.utilization() < 0.5
