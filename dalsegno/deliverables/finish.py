"""The finishing touch beside the music: the picture and the page."""

from pathlib import Path

from dalsegno.deliverables.cue_sheet import FILE_NAME as CUE_SHEET
from dalsegno.deliverables.cue_sheet import read_cue_sheet
from dalsegno.deliverables.names import MASTER, PAGE, PREVIEW, SCORE, WAVEFORM
from dalsegno.deliverables.page import render_page
from dalsegno.deliverables.peaks import peaks
from dalsegno.deliverables.waveform import draw_waveform
from dalsegno.errors import InternalError
from dalsegno.models import MusicBrief, SceneContext
from dalsegno.ports import RenderedMusic

# Columns of the page's waveform: as many as a wide page has pixels.
PAGE_BUCKETS = 1_000


def finish(
    folder: Path, brief: MusicBrief, rendered: RenderedMusic, *, scene_context: SceneContext | None
) -> list[str]:
    """Draws `waveform.png` and writes `index.html` beside the music. The same folder gives the same bytes.

    Args:
        folder: where a provider left `master.wav`, `preview.mp3` and, if it writes them, `cue-sheet.json`,
            `score.mid` and `stems/*.wav`.
        brief: what the music was made from.
        rendered: what the provider said of it.
        scene_context: the scenes to draw, where the job has some.

    Returns:
        The relative names of all that is to be published, `metadata.json` aside, in a fixed order.

    Raises:
        InternalError: the provider left no master or preview, or a cue sheet that is none.
    """
    for needed in (MASTER, PREVIEW):
        if not (folder / needed).is_file():
            raise InternalError(f"The provider left no {needed}.")
    scenes = scene_context.scenes if scene_context else []
    sheet = read_cue_sheet(folder)
    draw_waveform(
        folder / MASTER, folder / WAVEFORM, title=rendered.title, duration=brief.duration, scenes=scenes
    )
    stems = sorted(f"stems/{stem.name}" for stem in folder.glob("stems/*.wav"))
    names = [
        MASTER,
        PREVIEW,
        WAVEFORM,
        *(name for name in (CUE_SHEET, SCORE) if (folder / name).exists()),
        *stems,
    ]
    page = render_page(
        title=rendered.title,
        duration=brief.duration,
        scenes=scenes,
        recording=peaks(folder / MASTER, PAGE_BUCKETS),
        sheet=sheet,
        downloads={name: (folder / name).stat().st_size for name in names},
    )
    (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")
    return [*names, PAGE]
