"""One small file of every format of another service, by its name in the table."""

from tests.radar.foreign_archives import meteonet, zarr
from tests.radar.foreign_binary import grib2, radolan, radvor
from tests.radar.foreign_hdf5 import knmi, odim, rainfields
from tests.radar.foreign_pictures import fmi_pgm, geotiff, mch_gif

FILES = {
    "odim": odim(),
    "knmi": knmi(),
    "rainfields": rainfields(),
    "radolan": radolan(),
    "radvor": radvor((0, 5), compressed=False),
    "grib2": grib2(),
    "geotiff": geotiff(),
    "fmi_pgm": fmi_pgm(),
    "mch_gif": mch_gif(),
    "zarr": zarr(),
    "meteonet": meteonet(),
}
