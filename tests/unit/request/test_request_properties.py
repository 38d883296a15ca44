"""What holds for every request, whatever is in it."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dalsegno.errors import InvalidRequest
from dalsegno.models import MOODS, MusicRequest
from dalsegno.requests import MAX_MISTAKES, parse_request, read_request

texts = st.text(st.characters(codec=None), max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=12,
)
times = st.integers(-1, 30) | st.floats(-1, 30)
segments = st.lists(st.fixed_dictionaries({"start": times, "end": times, "text": texts}) | values, max_size=3)
scenes = st.lists(
    st.fixed_dictionaries(
        {"start": times, "end": times, "mood": st.sampled_from([*MOODS, "x"]), "energy": st.integers(-1, 101)}
    ),
    max_size=3,
)
ids = st.from_regex(r"[A-Za-z0-9._/\\-]{0,5}", fullmatch=True) | texts
# Near enough to a request that many are good, and many nearly so.
near_requests = st.fixed_dictionaries(
    {"customer_id": ids | st.just("acme"), "duration": st.integers(4, 601) | st.floats(5, 600)},
    optional={
        "mood": st.sampled_from([*MOODS, "angry", None]),
        "prompt": texts,
        "instruments": st.lists(texts, max_size=17),
        "segments": segments,
        "scenes": scenes,
        "provider": st.sampled_from(["builtin", "mureka", "suno", None]),
        "seed": st.integers(-1, 2**53),
        "stems": st.booleans(),
        "job_id": ids | st.none(),
        "youtube_url": texts | st.none(),
        "customerId": values,
    },
)
field_names = st.sampled_from(sorted(MusicRequest.model_fields)) | texts
requests = near_requests | st.dictionaries(field_names, values, max_size=6)

plain_texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)
plain_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
# Each begins where the one before ends, or later: (pause, length) pairs, laid end to end.
stretches = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=6).map(
    lambda pairs: [
        {"start": (end := sum(map(sum, pairs[: number + 1]))) - length, "end": end}
        for number, (_, length) in enumerate(pairs)
    ]
)
good_requests = st.fixed_dictionaries(
    {
        "customer_id": plain_ids,
        "duration": st.integers(5, 600) | st.floats(5, 600),
        "mood": st.sampled_from(MOODS),
    },
    optional={
        "prompt": plain_texts | st.none(),
        "instruments": st.lists(
            plain_texts.map(lambda text: text + "x").map(lambda text: text[-40:]), max_size=16
        ),
        "segments": st.builds(
            lambda times, text: [time | {"text": text} for time in times], stretches, plain_texts
        ),
        "provider": st.sampled_from(["builtin", None]),
        "seed": st.integers(0, 2**53 - 2) | st.none(),
        "stems": st.booleans(),
        "job_id": plain_ids | st.none(),
    },
)


def outcome(read: Callable[[Any], MusicRequest], data: object) -> MusicRequest | None:
    """The request, or None where it is refused as a request may be."""
    try:
        return read(data)
    except InvalidRequest as error:
        refusal = error
    assert 0 < len(refusal.mistakes) <= MAX_MISTAKES + 1
    for sentence in refusal.mistakes:
        assert sentence.endswith((".", "?"))
        assert sentence.isprintable()
        assert len(sentence) < 250
    return None


@settings(deadline=None, max_examples=300)
@given(requests)
def test_a_request_is_read_or_refused_with_sentences(data: dict[str, Any]) -> None:
    """Nothing else happens: no other error, no empty list of mistakes."""
    outcome(parse_request, data)


@settings(deadline=None, max_examples=200)
@given(good_requests)
def test_a_good_request_is_read_and_can_be_read_again(data: dict[str, Any]) -> None:
    """Through JSON and back it stays the same request, with the same SHA-256."""
    request = parse_request(data)
    for again in (
        read_request(json.dumps(data)),
        read_request(request.model_dump_json()),
        parse_request(request.model_dump()),
    ):
        assert again == request
        assert again.sha256() == request.sha256()


@settings(deadline=None, max_examples=300)
@given(values)
def test_any_json_is_read_or_refused_with_sentences(value: object) -> None:
    """The same for texts, which may hold anything that JSON can say and some that it can't."""
    outcome(read_request, json.dumps(value))


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=80) | st.text(max_size=80))
def test_any_bytes_are_refused_with_sentences(content: bytes | str) -> None:
    """Random content is never a request and never a surprise."""
    outcome(read_request, content)


@settings(deadline=None, max_examples=500)
@given(ids)
def test_ids_that_pass_are_plain_names(name: str) -> None:
    """No separator, no leading dot or dash, nothing but ASCII letters, digits, dots, dashes, underscores."""
    data = {"customer_id": name, "job_id": name, "duration": 30, "mood": "calm"}
    request = outcome(parse_request, data)
    if request is not None:
        for accepted in (request.customer_id, request.job_id or ""):
            assert accepted.isascii()
            assert accepted[0].isalnum()
            assert not set(accepted) & set("/\\ \n\x00:%")


@settings(deadline=None, max_examples=100)
@given(good_requests)
def test_the_job_id_is_no_part_of_what_is_asked_for(data: dict[str, Any]) -> None:
    """The same request under another id is the same request; anything else that differs makes another one."""
    request = parse_request(data)
    assert parse_request(data | {"job_id": "another"}).sha256() == request.sha256()
    for change in ({"stems": not request.stems}, {"seed": (request.seed or 0) + 1}, {"customer_id": "other"}):
        assert parse_request(data | change).sha256() != request.sha256()
