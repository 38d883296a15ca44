"""The built-in composer: `compose` a brief into a score, `render` it into stems, `master` what was rendered.

Pure: it knows numbers, music and files, and nothing of servers or settings.
"""

from dalsegno.composer.compose import compose
from dalsegno.composer.master import master
from dalsegno.composer.render import Rendered, render
from dalsegno.composer.score import Score

__all__ = ["Rendered", "Score", "compose", "master", "render"]
