"""A card: what a method eats, what it says, how it was made and how well it does."""

import math
from datetime import timedelta
from itertools import pairwise
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from radar.chances import MOST_THRESHOLDS
from radar.errors import Breach, OutsideCard
from radar.frames import Frames, minutes
from radar.grid import check_size

POINTS = 11
"""Of the curve of a calibration: every tenth from 0 to 1."""


class Source(BaseModel):
    """Data a method was trained on, with whom to thank."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    licence: str
    attribution: str


class Score(BaseModel):
    """One score with what it rests on: never a number without its counts and protocol."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    data: str
    score: str
    threshold: float = Field(description="mm/h")
    lead: str = Field(description="minutes, one lead or a range whose counts were pooled")
    value: float
    count: int = Field(description="pixels compared")
    windows: int = Field(description="nowcasts compared")
    protocol: str


Rows = tuple[tuple[FiniteFloat, ...], ...]


class Calibration(BaseModel):
    """What makes chances mean what they say: of each lead and threshold a line through the log-odds, then a curve.

    A chance p becomes σ(slope logit(p) + offset), Platt 1999; rows are leads, the nearest first, columns thresholds.
    Then, for all leads, what is said where that is 0, 1/n, ... 1; rows are thresholds. Without rows it stays as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: Rows
    offset: Rows
    curve: Rows = ()

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse rows that do not make a table, and chances turned upside down."""
        widths = {len(row) for row in (*self.slope, *self.offset)}
        if len(self.slope) != len(self.offset) or len(widths) != 1 or max(widths) > MOST_THRESHOLDS:
            raise ValueError("slope and offset must be tables of one size")
        if min(map(min, self.slope), default=0) < 0:
            raise ValueError("a slope must not be below 0")
        if any(len(row) != POINTS for row in self.curve) or len(self.curve) not in (0, *widths):
            raise ValueError(f"a curve must have {POINTS} points for each threshold")
        if any(not 0 <= low <= high <= 1 for row in self.curve for low, high in pairwise(row)):
            raise ValueError("a curve must rise from 0 to 1")
        return self

    @property
    def shape(self) -> tuple[int, int]:
        """(leads, thresholds)."""
        return len(self.slope), len(self.slope[0])


class Card(BaseModel):
    """The JSON beside a checkpoint; the baselines have one too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str = Field(max_length=64)
    version: str = Field(max_length=64)
    summary: str
    min_frames: int = Field(1, ge=1)
    max_frames: int = Field(24, ge=1, description="older frames than these are left out")
    max_horizon: int = Field(24, ge=1, description="frames ahead")
    cadence_minutes: tuple[float, float] | None = Field(None, description="shortest and longest; null is any")
    pixel_km: tuple[float, float] | None = Field(None, description="finest and coarsest; null is any")
    network: dict[str, Any] | None = Field(None, description="what builds the network the weights belong to")
    training: dict[str, Any] | None = None
    data: tuple[Source, ...] = ()
    scores: tuple[Score, ...] = ()
    calibration: Calibration | None = Field(None, description="of the network's chances, one row for each frame ahead")

    @model_validator(mode="after")
    def check_calibration(self) -> Self:
        """Refuse a calibration that is not of this network's chances."""
        if self.calibration is not None:
            wanted = self.max_horizon, len((self.network or {}).get("thresholds", ()))
            if self.calibration.shape != wanted:
                raise ValueError(f"calibration is of {self.calibration.shape} leads and thresholds, not {wanted}")
        return self

    def check(self, frames: Frames, horizon: int) -> None:
        """Refuse (OutsideCard or TooLarge, one sentence) frames or a horizon this method was not made for."""
        self._check_count(frames, horizon)
        check_size(horizon, *frames.grid.shape)
        self._check_cadence(frames)
        self._check_pixel(frames)
        if not frames.observed.any():
            raise OutsideCard("Every pixel of every frame is missing (NaN): there is nothing to forecast from.")

    def _check_count(self, frames: Frames, horizon: int) -> None:
        if len(frames) < self.min_frames:
            sentence = f"{self.method} needs at least {self.min_frames} frames and got {len(frames)}."
            raise OutsideCard(sentence, Breach.TOO_FEW_FRAMES)
        if not 1 <= horizon <= self.max_horizon:
            raise OutsideCard(f"{self.method} looks 1 to {self.max_horizon} frames ahead, not {horizon}.")

    def _check_cadence(self, frames: Frames) -> None:
        if self.cadence_minutes is None or frames.cadence is None:
            return
        low, high = (timedelta(minutes=value) for value in self.cadence_minutes)
        if not low <= frames.cadence <= high:
            allowed = minutes(low) if low == high else f"{minutes(low)} to {minutes(high)}"
            raise OutsideCard(
                f"{self.method} was trained on frames {allowed} min apart and these are "
                f"{minutes(frames.cadence)} min apart.",
                Breach.CADENCE,
            )

    def _check_pixel(self, frames: Frames) -> None:
        size = frames.grid.pixel_km
        if self.pixel_km is None or size is None:
            return
        low, high = self.pixel_km
        if not math.isfinite(size):
            raise OutsideCard("The middle of the grid lies outside its projection: is the transform right?")
        if not low <= size <= high:
            raise OutsideCard(
                f"{self.method} was trained on pixels of {low:g} to {high:g} km and these are {size:.3g} km.",
                Breach.PIXEL_SIZE,
            )
