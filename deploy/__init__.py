"""Everything outside the images: Grafana, Prometheus, Kubernetes, and the code that writes the dashboards."""
