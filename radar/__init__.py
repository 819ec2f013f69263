"""What a frame of rain is: the bedrock, which knows no torch, no web and no queue.

The public names, by module:

radar.errors.NowcastError: the root of every error we raise
radar.errors.BadInput: the caller sent or named something wrong
radar.errors.BadFrames: frames that break a rule
radar.errors.OutsideCard: good frames that a method was not made for
radar.errors.UnknownFormat: bytes in no format we read
radar.errors.TooLarge: more than we are willing to decode
radar.errors.UnknownMethod: a method that is not there
radar.errors.BadCheckpoint: weights and card that do not fit
radar.grid.Grid: CRS, affine transform and shape of a frame
radar.grid.check_size: refuse a declared shape before it is decoded
radar.frames.Frames: checked, immutable rain rate in time on one grid
radar.frames.stamp: a time as we write it
radar.frames.utc: a time in UTC
radar.rain.ZR: a power law between reflectivity and rain rate
radar.rain.to_dbz: reflectivity of a rain rate
radar.rain.from_dbz: rain rate of a reflectivity
radar.rain.encode: rain rate as an HKO-7 pixel in [0, 1]
radar.rain.decode: its inverse
radar.rain.to_byte: rain rate as an 8-bit HKO-7 pixel
radar.rain.from_byte: its inverse
radar.assemble.assemble: frames out of observations, one missing frame filled
radar.assemble.join: one sequence out of several
radar.card.Card: what a method eats, says and scores
radar.card.Source: data a method was trained on
radar.card.Score: one score with its counts
radar.chances.Chances: how likely each threshold is reached
radar.chances.Outlook: what a method says: frames and chances
radar.neighbourhood.neighbourhood: chances out of one forecast
radar.ensemble.ensemble: perturbed extrapolations and their chances
radar.accumulation.amount: rain amounts out of rain rates
radar.point.place: a nowcast at one longitude and latitude
radar.formats.geotiff_write.write_nowcast: a nowcast as GeoTIFF
radar.formats.gif.animation: frames as an animated GIF
radar.nowcast.Nowcast: frames of the future that say how they were made
radar.nowcast.future_times: the times after the last frame
radar.formats.hints.Hints: what a caller says beside a file
radar.formats.table.FORMATS: every format we read
radar.formats.table.read: frames out of the bytes of one file
radar.formats.table.read_all: frames out of several files
radar.formats.radvor.read_nowcast: a nowcast of the Deutscher Wetterdienst
radar.formats.zarr_store.read_folder: frames out of a Zarr folder
radar.formats.netcdf.write: frames as CF NetCDF
radar.formats.netcdf.write_nowcast: a nowcast as CF NetCDF
radar.formats.netcdf.read_nowcast: its inverse
radar.formats.npz.write: frames as npz
radar.formats.png.write: one frame as an HKO-7 picture
radar.formats.picture.colour: rain as red, green, blue, opacity
radar.formats.picture.still: rain as a picture for people
radar.formats.picture.animation: frames as an animated picture
"""
