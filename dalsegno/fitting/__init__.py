"""Music that others made, made to fit: survey, record, analyse, arrange, master.

Pure: it knows numbers, music and files, and nothing of servers or settings.
"""

from dalsegno.fitting.fit import fit

__all__ = ["fit"]
