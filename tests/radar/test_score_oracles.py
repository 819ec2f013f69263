"""Our scores against those of pysteps, of the package `scores` and of scikit-image."""

import contextlib
import importlib
import io
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from radar.deviations import DEVIATIONS, deviations
from radar.fractions import fractions, pixels
from radar.frames import Rain
from radar.rain import encode
from radar.reliability import BINS, reliability, yes_or_no
from radar.scores import SCORES, count
from radar.similarity import REACH, SIGMA, similarity
from radar.spectra import binned, power
from radar.synthetic import storm

THRESHOLDS = (0.5, 2.0, 10.0)
NEEDED = "pip install 'nowcast[oracle]', which needs a C compiler"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """pysteps greets on import, and these packages and what they stand on warn."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def oracle(name: str) -> Any:
    """A module of another project."""
    found: ModuleType = pytest.importorskip(name.split(".", maxsplit=1)[0], reason=NEEDED)
    assert found
    return importlib.import_module(name)


def pair(seed: int = 1, size: tuple[int, int] = (50, 60)) -> tuple[Rain, Rain]:
    """One frame said and one that came, ten minutes apart."""
    frames = storm(size, frames=3, seed=seed).rain
    return frames[:1], frames[2:]


def chances(seed: int = 1) -> tuple[NDArray[np.float32], Rain]:
    """Chances (thresholds, 1, Y, X) out of five members, and what came."""
    members = [storm((50, 60), frames=1, seed=seed + n).rain for n in range(5)]
    said = np.stack([yes_or_no(member, THRESHOLDS) for member in members]).mean(axis=0).astype(np.float32)
    return said, storm((50, 60), frames=1, seed=seed + 9).rain


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_contingency_scores_are_those_of_pysteps(threshold: float) -> None:
    said, came = pair()
    below = np.nextafter(np.float32(threshold), np.float32(0))  # their event is > the threshold
    theirs = oracle("pysteps.verification.detcatscores").det_cat_fct(said[0], came[0], below, list(SCORES))
    for name, score in SCORES.items():
        ours = score(count(said, came, [threshold])).item()
        # their BIAS is the frequency bias
        assert ours == pytest.approx(theirs[name.upper()]), name


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_contingency_scores_are_those_of_scores(threshold: float) -> None:
    said, came = pair()
    manager = oracle("scores.categorical").ThresholdEventOperator(default_event_threshold=threshold)
    theirs = manager.make_contingency_manager(xr.DataArray(said[0]), xr.DataArray(came[0]))
    names = {
        "csi": theirs.critical_success_index,
        "pod": theirs.probability_of_detection,
        "far": theirs.false_alarm_ratio,
        "bias": theirs.frequency_bias,
        "hss": theirs.heidke_skill_score,
    }
    for name, score in SCORES.items():
        assert score(count(said, came, [threshold])).item() == pytest.approx(float(names[name]())), name


def framed(rain: Rain, by: int = 70) -> Rain:
    """Rain in the middle of a wide dry frame: there it makes no difference how a border is treated."""
    return np.pad(rain, [(0, 0), (by, by), (by, by)])


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("scale", [1, 2, 8, 64])
def test_fss_is_that_of_pysteps(threshold: float, scale: int) -> None:
    said, came = (framed(rain) for rain in pair())
    theirs = oracle("pysteps.verification.spatialscores").fss(said[0], came[0], threshold, scale)
    ours = fractions(said, came, [threshold], 1.0).fss[0, 0, [1, 2, 4, 8, 16, 32, 64].index(scale)]
    assert pixels(scale, 1.0) == scale
    assert ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("scale", [1, 8, 32])
def test_fss_is_that_of_scores(scale: int) -> None:
    said, came = (framed(rain) for rain in pair())
    theirs = oracle("scores.spatial").fss_2d(
        xr.DataArray(said[0], dims=("y", "x")),
        xr.DataArray(came[0], dims=("y", "x")),
        event_threshold=2.0,
        window_size=(scale, scale),
        spatial_dims=("y", "x"),
        threshold_operator=np.greater_equal,
        zero_padding=True,
    )
    ours = fractions(said, came, [2.0], 1.0).fss[0, 0, [1, 2, 4, 8, 16, 32, 64].index(scale)]
    assert ours == pytest.approx(float(theirs), rel=1e-6)


def test_errors_are_those_of_pysteps() -> None:
    said, came = pair()
    theirs = oracle("pysteps.verification.detcontscores").det_cont_fct(said[0], came[0], ["MSE", "MAE"])
    for name in ("mse", "mae"):
        ours = DEVIATIONS[name](deviations(said, came)).item()
        assert ours == pytest.approx(float(theirs[name.upper()]), rel=1e-5), name


def test_similarity_is_that_of_scikit_image() -> None:
    said, came = pair()
    metrics = oracle("skimage.metrics")
    pictures = [encode(rain[0]).astype(np.float64) for rain in (said, came)]
    options = {"gaussian_weights": True, "sigma": SIGMA, "truncate": REACH / SIGMA, "use_sample_covariance": False}
    ours = similarity(said, came)
    assert ours.ssim.item() == pytest.approx(
        metrics.structural_similarity(*pictures, data_range=1, **options), abs=1e-6
    )
    assert ours.psnr.item() == pytest.approx(metrics.peak_signal_noise_ratio(*pictures[::-1], data_range=1), abs=1e-3)


def test_the_power_spectrum_is_that_of_pysteps() -> None:
    """In their rings of whole wave numbers, on a square grid."""
    rain = storm((64, 64), frames=1).rain[0]
    decibels = np.where(rain >= 0.1, 10 * np.log10(np.maximum(rain, 0.1)), -15)
    theirs = oracle("pysteps.utils.spectral").rapsd(decibels, fft_method=np.fft)
    y, x = (np.fft.fftfreq(64, 1 / 64) for _ in range(2))
    rings = np.hypot(y[:, None], x).round().astype(np.int64)
    which = np.where(rings < 20, rings, -1)
    ours = binned(power(rain), which)[:20] / np.bincount(which[which >= 0])[:20]
    np.testing.assert_allclose(ours[1:], theirs[1:20], rtol=1e-4)


def test_reliability_is_that_of_pysteps() -> None:
    said, came = chances()
    module = oracle("pysteps.verification.probscores")
    for at, threshold in enumerate(THRESHOLDS):
        diagram = module.reldiag_init(threshold, n_bins=BINS)
        module.reldiag_accum(diagram, said[at, 0].ravel().astype(np.float64) + 1e-6, came[0].ravel())
        mean, share = module.reldiag_compute(diagram)
        ours = reliability(said, came, THRESHOLDS)
        np.testing.assert_array_equal(ours.pixels[0, at], diagram["num_idx"])
        np.testing.assert_allclose(ours.curve[1][0, at], share, err_msg=str(threshold))
        np.testing.assert_allclose(ours.curve[0][0, at], mean, atol=1e-5)


def test_the_roc_area_is_that_of_pysteps() -> None:
    said, came = chances()
    theirs = oracle("pysteps.verification.probscores").ROC_curve(
        said[0, 0].astype(np.float64), came[0], 0.5, n_prob_thrs=11, compute_area=True
    )
    assert reliability(said, came, THRESHOLDS).roc_area[0, 0] == pytest.approx(theirs[2], abs=1e-3)


def test_brier_scores_are_those_of_scores() -> None:
    said, came = chances()
    ours = reliability(said, came, THRESHOLDS)
    for at, threshold in enumerate(THRESHOLDS):
        event = (came[0] >= np.float32(threshold)).astype(np.float64)
        theirs = oracle("scores.probability").brier_score(xr.DataArray(said[at, 0]), xr.DataArray(event))
        assert ours.brier[0, at] == pytest.approx(float(theirs), rel=1e-5)


def test_on_fine_thresholds_the_crps_is_that_of_scores() -> None:
    """An ensemble's CRPS weighted 1 from 0.5 to 10 mm/h. That of pysteps leaves out members equal to what came: dry."""
    members = np.stack([storm((20, 20), frames=1, seed=n).rain for n in range(5)])
    came = storm((20, 20), frames=1, seed=9).rain
    levels = [0.5 + 0.01 * n for n in range(951)]
    said = np.stack([np.mean(members >= np.float32(level), axis=0, dtype=np.float32) for level in levels])
    theirs = oracle("scores.probability").interval_tw_crps_for_ensemble(
        xr.DataArray(members[:, 0].astype(np.float64), dims=("member", "y", "x")),
        xr.DataArray(came[0].astype(np.float64), dims=("y", "x")),
        "member",
        lower_threshold=0.5,
        upper_threshold=10.0,
    )
    assert reliability(said, came, levels).crps.item() == pytest.approx(float(theirs), rel=0.005)
