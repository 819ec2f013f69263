"""HDF5 in the layouts of other services, written by hand: ODIM, KNMI and Rainfields."""

from datetime import datetime, timedelta
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from tests.radar.samples import START, STEP, storm

LAEA = "+proj=laea +lat_0=55.0 +lon_0=10.0 +x_0=1950000.0 +y_0=-2100000.0 +units=m +ellps=WGS84"
NODATA, UNDETECT = -9999000.0, -8888000.0


def field(height: int = 7, width: int = 13) -> NDArray[np.float32]:
    """One frame: dry in places, wet in others, not observed in a corner."""
    return np.asarray(storm(1, height, width)[0])


def image(path: str, values: NDArray[Any], groups: dict[str, dict[str, Any]]) -> bytes:
    """HDF5 with attributes in groups and a packed image at a path."""
    file = netCDF4.Dataset("x.h5", "w", memory=1024)
    for name, attributes in groups.items():
        (file if name == "/" else file.createGroup(name)).setncatts(attributes)
    folder, _, name = path.rpartition("/")
    parent = file.createGroup(folder)
    for side, size in zip("yx", values.shape, strict=True):
        parent.createDimension(side, size)
    parent.createVariable(name, values.dtype, ("y", "x"), zlib=True, fill_value=False)[:] = values
    return bytes(file.close()).rstrip(b"\0") + bytes(64)


def stamped(time: datetime, which: str = "") -> dict[str, str]:
    """A date and a time as ODIM writes them."""
    return {f"{which}date": f"{time:%Y%m%d}", f"{which}time": f"{time:%H%M%S}"}


def odim(
    quantity: str = "RATE",
    values: NDArray[Any] | None = None,
    *,
    time: datetime = START,
    minutes: int = 60,
    old: bool = False,
    **said: Any,
) -> bytes:
    """An OPERA composite of stored values; `old` says what they are at the dataset, as ODYSSEY did."""
    rain = field()
    stored = np.where(np.isnan(rain), NODATA, np.where(rain == 0, UNDETECT, rain)) if values is None else values
    scaled = {"gain": 1.0, "offset": 0.0, "nodata": NODATA, "undetect": UNDETECT}
    what = {"quantity": quantity, **scaled, **{key: said[key] for key in said.keys() & scaled.keys()}}
    spans = {**stamped(time - timedelta(minutes=minutes), "start"), **stamped(time, "end")}
    corners = {"UL_lon": -39.5357864125034, "UL_lat": 67.02283275830867}
    groups = {
        "/": {"Conventions": "ODIM_H5/V2_4"},
        "what": {"object": said.get("object", "COMP"), "version": "H5rad 2.4", "source": "ORG:247", **stamped(time)},
        "where": {
            "projdef": LAEA,
            "xscale": 2000.0,
            "yscale": 2000.0,
            **size(stored),
            **corners,
            **said.get("where", {}),
        },
        "dataset1/what": {"product": "COMP", **spans, **(what if old else {})},
        "dataset1/data1/what": {} if old else what,
        "dataset1/data1/how": said.get("how", {}),
    }
    return image("dataset1/data1/data", stored, groups)


def size(values: NDArray[Any]) -> dict[str, np.int64]:
    """Columns and rows as ODIM writes them."""
    return {"xsize": np.int64(values.shape[1]), "ysize": np.int64(values.shape[0])}


def knmi(values: NDArray[Any] | None = None, *, time: datetime = START, echo: bool = False, **said: Any) -> bytes:
    """A Dutch composite of stored values: hundredths of a mm in five minutes, or half dBZ."""
    stored = np.array([[0, 1, 65535], [250, 10, 0]], "u2") if values is None else values
    quantity = "REFLECTIVITY_[DBZ]" if echo else "ACCUMULATED_PRECIPITATION_[MM]"
    formula = "GEO=0.5*PV-32.0" if echo else "GEO=0.01*PV+0.0"
    missing = np.int32(255 if echo else 65535)
    moments = {"end": time, "start": time - STEP}
    groups = {
        "geographic": {
            "geo_number_rows": np.int32(stored.shape[0]),
            "geo_number_columns": np.int32(stored.shape[1]),
            "geo_pixel_size_x": np.float32(1),
            "geo_pixel_size_y": np.float32(-1),
            "geo_dim_pixel": "KM,KM",
            "geo_column_offset": np.float32(0),
            "geo_row_offset": np.float32(3650),
            "geo_pixel_def": "LU",
            **said.get("geographic", {}),
        },
        "geographic/map_projection": {"projection_proj4_params": said.get("projection", KNMI_PROJECTION)},
        "image1": {"image_geo_parameter": said.get("quantity", quantity)},
        "image1/calibration": {
            "calibration_formulas": said.get("formula", formula),
            "calibration_missing_data": missing,
            "calibration_out_of_image": missing,
        },
        "overview": {
            f"product_datetime_{which}": f"{moment:%d-%b-%Y;%H:%M:%S.000}".upper() for which, moment in moments.items()
        },
    }
    return image("image1/image_data", stored, groups)


KNMI_PROJECTION = "+proj=stere +lat_0=90 +lon_0=0.0 +lat_ts=60.0 +a=6378.137 +b=6356.752 +x_0=0 +y_0=0"


def rainfields(values: NDArray[Any] | None = None, *, bounds: bool = True, minutes: int = 10) -> bytes:
    """An accumulation around a radar, in steps of 0.05 mm, with bounds as Rainfields 3.2 writes them or without."""
    stored = np.array([[0, 1, -1, 40], [0, 0, 2, 0]], "i2") if values is None else values
    file = netCDF4.Dataset("x.nc", "w", memory=1024)
    file.source = "rainfields 3.2.2"
    for axis, side in zip("yx", stored.shape, strict=True):
        file.createDimension(axis, side)
        coordinate = file.createVariable(axis, "f8", (axis,))
        edges = (np.arange(side) - side / 2) * 0.5
        coordinate[:] = (edges + 0.25 * bounds) * (-1 if axis == "y" else 1)
        coordinate.setncatts({"standard_name": f"projection_{axis}_coordinate", "units": "km"})
        if bounds:
            coordinate.bounds = f"{axis}_bounds"
    for name, at in (("valid_time", START), ("start_time", START - timedelta(minutes=minutes))):
        moment = file.createVariable(name, "i8")
        moment.units = "seconds since 1970-01-01 00:00:00 UTC"
        moment[...] = int(at.timestamp())
    mapping = file.createVariable("proj", "i1")
    mapping.setncatts({"grid_mapping_name": "albers_conical_equal_area", "standard_parallel": [-18.0, -36.0]})
    mapping.setncatts({"longitude_of_central_meridian": 144.752, "latitude_of_projection_origin": -37.852})
    amount = file.createVariable("precipitation", "i2", ("y", "x"), fill_value=-1, zlib=True)
    amount.set_auto_maskandscale(False)
    amount.setncatts({"standard_name": "precipitation_amount", "units": "kg m-2", "scale_factor": 0.05})
    amount.setncatts({"add_offset": 0.0, "grid_mapping": "proj"})
    amount[:] = stored
    return bytes(file.close()).rstrip(b"\0") + bytes(64)
