"""The JSON of measured skill: every score beside what it was counted from."""

from datetime import datetime

from pydantic import BaseModel, Field

from jobs.trial import Promotion


class FssView(BaseModel):
    """Fractions skill score on one scale."""

    scale_km: float
    fss: float | None = Field(description="1 is perfect; null where it was dry in both")
    squares: int = Field(description="squares compared")


class ReliabilityView(BaseModel):
    """Sums by tenths of the chance that was said: what a reliability diagram is drawn from."""

    pixels: list[int]
    said: list[float] = Field(description="sum of the chances")
    came: list[int] = Field(description="pixels that reached the threshold")


class ThresholdView(BaseModel):
    """What was counted and what follows from it at one threshold; a score is null where its divisor is zero."""

    threshold: float = Field(description="mm/h; the event is rain at or above it")
    hits: int
    misses: int
    false_alarms: int
    correct_negatives: int
    csi: float | None = Field(description="hits / (hits + misses + false alarms)")
    pod: float | None = Field(description="hits / (hits + misses)")
    far: float | None = Field(description="false alarms / (hits + false alarms)")
    bias: float | None = Field(description="(hits + false alarms) / (hits + misses)")
    hss: float | None = Field(description="Heidke skill score")
    brier: float | None = Field(description="mean of (chance - event)²")
    bss: float | None = Field(description="Brier skill score against the share of events in the same pixels")
    roc_area: float | None
    fss: list[FssView]
    reliability: ReliabilityView


class LeadSkillView(BaseModel):
    """One lead, or several whose counts were pooled."""

    lead_minutes: float | None = Field(description="null for all leads together")
    frames: int = Field(description="pairs of a nowcast and a frame that were compared")
    pixels: int = Field(description="pixels compared: where the frame observed anything")
    mse: float | None = Field(description="(mm/h)²")
    mae: float | None = Field(description="mm/h")
    crps: float | None = Field(description="mm/h, between the lowest and the highest threshold")
    thresholds: list[ThresholdView]


class MethodSkillView(BaseModel):
    """What one version of a method was worth."""

    method: str
    version: str
    yardstick: bool = Field(description="a baseline, run each time to compare with")
    same_sample: bool = Field(
        description="counted on as many pixels and events, at each lead, as every other method here"
    )
    first: datetime = Field(description="time of the first frame it was compared with")
    last: datetime
    pooled: LeadSkillView
    leads: list[LeadSkillView]


class DifferenceView(BaseModel):
    """CSI over all leads of a method on trial and of the region's, on the same frames; null where there is none."""

    threshold: float | None = Field(description="mm/h; null for the counts of all thresholds together")
    csi: float | None = Field(description="of the method on trial")
    served_csi: float | None = Field(description="of the region's method")
    difference: float | None
    low: float | None = Field(description="lower end of the middle 95 % of the resamples of the difference")
    high: float | None = Field(description="upper end")


class ComparisonView(BaseModel):
    """A shadow or canary against the region's method: a paired bootstrap over blocks of three hours."""

    method: str
    version: str
    served: str
    served_version: str
    frames: int = Field(description="times at which both were verified")
    blocks: int = Field(description="blocks of three hours with rain, which are resampled")
    together: DifferenceView
    thresholds: list[DifferenceView]
    favours: bool = Field(description="nowcast promote would take the method on trial")


class SkillView(BaseModel):
    """How good a region's nowcasts were. Of a method nobody has verified yet there is nothing here."""

    region: str
    protocol: str | None = Field(description="id of everything that changes a score; null before the first frame")
    since: datetime | None = Field(description="frames from then on; days that are closed count whole or not at all")
    closed: datetime | None = Field(description="counts up to this time are final; a later frame may be issued again")
    to_verify: int = Field(description="times of which something new has come that is not counted yet")
    methods: list[MethodSkillView]
    on_trial: list[ComparisonView] = Field(description="canary and shadow, if the region has them")
    promotions: list[Promotion] = Field(description="the newest ones, the last one first")
