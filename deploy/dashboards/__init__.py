"""The Grafana dashboards as code; `python -m deploy.dashboards` writes what is made of it."""
