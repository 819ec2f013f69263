"""What the extras of pyproject.toml ask for, a line each: lets an image install it before there is any code.

`python requirements.py pyproject.toml gateway`
"""

import sys
import tomllib
from pathlib import Path


def requirements(pyproject: Path, *extras: str) -> list[str]:
    """The requirements of the project itself and of some of its extras."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted = [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [*project["dependencies"], *wanted]


if __name__ == "__main__":
    print("\n".join(requirements(Path(sys.argv[1]), *sys.argv[2:])))
