"""A replay as its JSON shows it, with what was counted of its windows."""

from jobs.history import History
from jobs.protocol import Protocol
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.replay import Replay, record_of
from jobs.replays import Replays
from jobs.skill import Skill
from service.replay_schemas import ReplayLinks, ReplayReportView, ReplayView, State
from service.skill_views import Found, method_view


def view(regional: Regional, replay: Replay) -> ReplayView:
    """How far it is."""
    waiting, redis = Replays(regional.store.redis).waiting(replay.id), regional.store.redis
    to_verify = len(regional.awaited.ordered(replay.id)) + len(regional.awaited.times(replay.id))
    done = State.VERIFYING if to_verify else State.DONE
    base = f"/regions/{replay.id}"
    return ReplayView(
        **replay.model_dump(include={"id", "event", "speed", "began", "first", "last", "frames"}),
        state=State.RUNNING if waiting else done,
        newest=History(redis).extent(replay.id).newest,
        fed=replay.frames - waiting,
        to_verify=to_verify,
        trouble=regional.latest.trouble(replay.id),
        windows=len(replay.starts),
        links=ReplayLinks(
            self_=f"/regions/{replay.of}/replays/{replay.id}",
            region=base,
            **{name: f"{base}/{name}" for name in ("frames", "nowcast", "skill")},
        ),
    )


def report(regional: Regional, replay: Replay) -> ReplayReportView:
    """How far it is, and what its nowcasts were worth until now."""
    redis, said = regional.store.redis, view(regional, replay)  # first: what is counted later is not yet done
    grid = History(redis).grid(replay.id)
    protocol = Protocol.of(Regions(redis).get(replay.id), grid) if grid else None
    found = windows(Skill(redis), protocol, replay) if protocol else {}
    return ReplayReportView(
        **said.model_dump(),
        protocol=protocol and protocol.id,
        methods=[method_view(series, found, protocol, None) for series in found] if protocol else [],
    )


def windows(skill: Skill, protocol: Protocol, replay: Replay) -> Found:
    """What was counted of the windows, by method and version."""
    known = skill.series(replay.id, protocol.id)
    found = {series: record_of(skill, protocol, series, replay.starts) for series in known}
    return {series: record for series, record in found.items() if record is not None}
