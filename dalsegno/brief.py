"""From what a customer asked for and what was found out about the video to what a provider needs."""

from dalsegno.models import BaseRequest, MusicBrief, ReferenceSong, SceneContext


def brief_of(
    request: BaseRequest, *, seed: int, context: SceneContext | None, reference: ReferenceSong | None = None
) -> MusicBrief:
    """The brief of a request.

    Args:
        request: what was asked for; its own segments and scenes are not looked at, `context` stands for them.
        seed: the job's seed: the request's own, or the one that its id gives.
        context: the scenes of the video from 0 to the request's duration, if it has some.
        reference: what was found out about the reference song, if there is one.
    """
    return MusicBrief(
        duration=request.duration,
        seed=seed,
        mood=request.mood or (context.dominant_mood if context else None),
        prompt=request.prompt or "",
        instruments=request.instruments,
        scenes=context.scenes if context else [],
        reference=reference,
        stems=request.stems,
    )
