"""Dal Segno: durable background music for video."""

__version__ = "0.1.0"
