"""What OpenAPI says beyond what FastAPI finds out by itself: raw bodies, and schemas our own responses refer to."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.access import LIVE, needed
from service.amount_schemas import AmountsView
from service.answers import ANSWERS
from service.intake import READERS, PackedFrames, TinyFrames
from service.place_schemas import PointAnswers, RegionPointAnswers
from service.problems import Problem, documented
from service.region_schemas import FramesView, RegionNowcastView, RegionView
from service.replay_schemas import ReplayReportView, ReplayView
from service.schemas import JobView, NowcastView
from service.shown import show

OURS = (
    *(Problem, NowcastView, JobView, FramesView, RegionNowcastView, PointAnswers, RegionPointAnswers, AmountsView),
    *(RegionView, ReplayView, ReplayReportView),  # FastAPI would leave the nulls out of their examples
)
REFERRED: Any = [(kind, "serialization") for kind in OURS] + [
    (kind, "validation") for kind in (TinyFrames, PackedFrames)
]
TEMPLATE = "#/components/schemas/{model}"
BINARY = {"schema": {"type": "string", "format": "binary"}}


def example(model: type[BaseModel]) -> Any:
    """What a model shows of itself."""
    return model.model_config["json_schema_extra"]["example"]  # type: ignore[index]


FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["frames"],
        "properties": {
            "frames": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "description": "radar files; every part with a filename is one, whatever the name of its field",
            },
            "times": {"type": "string", "description": "ISO times with commas between, for files that carry none"},
            "grid": {"type": "string", "description": 'JSON {"crs": ..., "transform": [6 numbers]}, for PNGs'},
        },
    },
    "example": {
        "frames": ["RAD160928144000.png", "RAD160928144500.png"],
        "times": "2016-09-28T14:40:00Z,2016-09-28T14:45:00Z",
        "grid": '{"crs": "EPSG:2326", "transform": [1070, 0, 580000, 0, -1070, 1075000]}',
    },
}
JSON: dict[str, Any] = {
    "schema": {"oneOf": [{"$ref": TEMPLATE.format(model=model.__name__)} for model in (TinyFrames, PackedFrames)]},
    "examples": {
        "lists": {"summary": "nested lists", "value": example(TinyFrames)},
        "files": {"summary": "files in base64", "value": example(PackedFrames)},
    },
}
BODY: dict[str, Any] = {
    "required": True,
    "description": "The newest frames, one cadence apart. `curl --data-binary @frames.nc` needs "
    "`--header 'Content-Type: application/x-netcdf'`.",
    "content": {media: BINARY for media in READERS} | {"multipart/form-data": FORM, "application/json": JSON},
}


def shapes(view: dict[str, Any]) -> dict[str, Any]:
    """The answers there are, JSON first."""
    return {**dict.fromkeys(ANSWERS, BINARY), "application/json": {"schema": view}}


def reference(model: type) -> dict[str, Any]:
    """A model as OpenAPI refers to it."""
    return {"$ref": TEMPLATE.format(model=model.__name__)}


DONE: dict[str, Any] = {"description": "The nowcast", "content": shapes(reference(NowcastView))}
SHAPES: dict[str, Any] = {
    "description": "The nowcast, or the job while there is none",
    "content": shapes({"oneOf": [reference(NowcastView), reference(JobView)]}),
}
SAME: dict[str, Any] = {"description": "It is the one the caller has"}
LATER: dict[str, Any] = {"description": "It is on its way: ask at Location", "model": JobView}


KEYS: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key, where the operator asks for one"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "likewise"},
}


def described(app: FastAPI) -> None:
    """Let the app's OpenAPI hold the schemas it refers to."""
    app.openapi = completed(app, app.openapi)  # type: ignore[method-assign]


def completed(app: FastAPI, found: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """OpenAPI with our schemas added, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            mend(found())
        return found()

    return openapi


def secured(method: str, path: str) -> list[dict[str, list[str]]]:
    """The keys that open an operation; none are asked for where an operator opens it."""
    scope = str(needed(method.upper(), path))
    return [{"bearer": [scope]}, {"header": [scope]}, *([{}] if path == LIVE else [])]


def mend(schema: dict[str, Any]) -> None:
    """Add the schemas we refer to, and take out the 422 that FastAPI believes it answers: ours are problems."""
    schema["components"]["securitySchemes"] = KEYS
    for name, path in schema["paths"].items():
        for method, operation in path.items():
            operation["security"] = secured(method, name)
            operation["responses"] |= {str(code): said for code, said in documented(401, 403, 429).items()}
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
    known = schema["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known |= models_json_schema(REFERRED, ref_template=TEMPLATE)[1]["$defs"]
    show(known)
    done, waiting = ({"value": known[model.__name__]["example"]} for model in (NowcastView, JobView))
    either = schema["paths"]["/nowcasts/{job_id}"]["get"]["responses"]["200"]["content"]["application/json"]
    either["examples"] = {"done": done, "waiting": waiting}  # in a route FastAPI would leave their nulls out
