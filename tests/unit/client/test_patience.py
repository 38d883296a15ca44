from dalsegno.client.patience import Patience


def test_patience_lasts_as_long_as_it_was_given() -> None:
    """From the first unanswered call on, not from the beginning."""
    clock = iter([100.0, 159.0, 160.0])
    patience = Patience(60, lambda: next(clock))
    assert [patience.is_over() for _ in range(3)] == [False, False, True]


def test_an_answer_gives_new_patience() -> None:
    """Two short silences are not one long one."""
    clock = iter([0.0, 100.0, 159.0])
    patience = Patience(60, lambda: next(clock))
    assert not patience.is_over()
    patience.answered()
    assert not patience.is_over()
    assert not patience.is_over()
