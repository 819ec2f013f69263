"""A Python client of the service: xarray in and out, and no more of the service than HTTP.

from nowcast.client import Client

with Client("http://127.0.0.1:8000") as client:
    nowcast = client.nowcast(frames, horizon=12)
    print(nowcast.method, nowcast.dataset())
"""
