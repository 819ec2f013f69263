"""Methods run on events held apart: sums of every score, intervals, tables, charts."""
