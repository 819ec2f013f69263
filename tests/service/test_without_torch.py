"""The gateway's image holds neither torch nor OpenCV, so the gateway must start without them."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import service.app
print(*sorted({"torch", "cv2", "safetensors"} & set(sys.modules)))
"""


def test_the_gateway_starts_without_torch_and_opencv() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
