"""Chances of the thresholds that a caller asks for."""

import io
from dataclasses import replace

import httpx
import numpy as np

from jobs.store import Store
from radar.chances import Chances
from tests.jobs.started import started
from tests.service.bodies import tiny
from tests.service.gateway import made

ASYNC = {"Prefer": "respond-async"}


def test_thresholds_belong_to_the_job(idle: httpx.Client) -> None:
    said = idle.post("/nowcast?thresholds=5,1&thresholds=1", json=tiny(), headers=ASYNC).json()
    assert said["thresholds"] == [1, 5]
    assert idle.get(said["links"]["self"]).json()["thresholds"] == [1, 5]
    assert "thresholds" not in idle.post("/nowcast", json=tiny(), headers=ASYNC).json()
    again = idle.post("/nowcast?thresholds=1,5", json=tiny(), headers=ASYNC).json()
    assert again["id"] == said["id"]


def test_chances_are_said_lead_by_lead(idle: httpx.Client, store: Store) -> None:
    where = idle.post("/nowcast?horizon=2", json=tiny(), headers=ASYNC).headers["location"]
    job = store.job(where.rpartition("/")[2])
    nowcast = made(started(store, job), 2, None)
    values = np.array([[[[0.2, 0.4], [np.nan, 0.9]]] * 2, [[[0, 0], [np.nan, np.nan]]] * 2])
    store.finish(job, replace(nowcast, chances=Chances((1, 5), values, "network")))
    said = idle.get(where).json()
    assert said["chances_made_by"] == "network"
    first = {"threshold": 1, "mean": 0.5, "max": 0.9}
    assert said["leads"][0]["chances"] == [first, {"threshold": 5, "mean": 0, "max": 0}]
    assert "chances" not in np.load(io.BytesIO(idle.get(f"{where}.npz").content))


def test_arrays_have_the_chances_that_were_asked_for(idle: httpx.Client, store: Store) -> None:
    where = idle.post("/nowcast?horizon=2&thresholds=1", json=tiny(), headers=ASYNC).headers["location"]
    job = store.job(where.rpartition("/")[2])
    nowcast = made(started(store, job), 2, None)
    chances = Chances((1,), np.full((1, *nowcast.frames.rain.shape), 0.5), "network")
    store.finish(job, replace(nowcast, chances=chances))
    file = np.load(io.BytesIO(idle.get(f"{where}.npz").content))
    assert (file["thresholds"].tolist(), set(file["chances"].flat)) == ([1], {100})
