"""What a worker says of its device; there is a processor everywhere."""

import time

import pytest
import torch
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
    share = device.utilization()
    assert share is not None
    assert share < 0.5


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here, which tells how busy it is")
def test_a_gpu_that_does_not_tell_has_no_series(caplog: pytest.LogCaptureFixture) -> None:
    device = Device("cuda", threads=1)
    assert [device.utilization(), device.utilization()] == [None, None]
    assert [record.message[:30] for record in caplog.records] == ["how busy cuda is cannot be tol"]
