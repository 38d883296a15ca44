"""Dal Segno: durable background music for video."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("dalsegno")
except PackageNotFoundError:  # run from a checkout, not installed
    __version__ = "0.1.0"
