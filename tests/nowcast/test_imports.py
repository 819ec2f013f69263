"""Who asks a service for nowcasts needs nothing of what makes and serves them."""

import subprocess
import sys

HEAVY = ("torch", "cv2", "fastapi", "starlette", "uvicorn", "celery", "redis", "service", "jobs", "model")


def test_the_client_leaves_the_service_alone() -> None:
    code = f"import sys, nowcast.client; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
