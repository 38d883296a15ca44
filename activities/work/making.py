"""Making the music: what the process of a job's music does."""

from dataclasses import dataclass
from pathlib import Path

from dalsegno.models import MusicBrief, SceneContext
from dalsegno.ports import MusicProvider, RenderedMusic, Report


def make_music(
    report: Report,
    provider: MusicProvider,
    brief: MusicBrief,
    scene_context: SceneContext | None,
    folder: Path,
) -> tuple[RenderedMusic, list[str]]:
    """Renders the music into a folder, draws its picture and its page beside it. CPU-bound."""
    from dalsegno.deliverables.finish import finish  # noqa: PLC0415  (only the process that does the work needs it)

    music = provider.render(brief, folder, report)
    return music, finish(folder, brief, music, scene_context=scene_context)


@dataclass(frozen=True)
class Fitted:
    """Makes the music of a brief out of a recording that is there."""

    recording: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """See `dalsegno.ports.MusicProvider`."""
        from dalsegno.fitting import fit  # noqa: PLC0415  (only the process that does the work needs it)

        return fit(self.recording, brief, folder, report)
