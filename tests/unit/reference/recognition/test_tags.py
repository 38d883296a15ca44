"""What is read out of a file's tags."""

from dalsegno.reference.recognition.tags import Tags, one_line, read_tags


def test_title_and_artist_are_read() -> None:
    """However their names are written; the rest is left aside."""
    written = b";FFMETADATA1\nTITLE=Morning Mood\nArtist=Edvard Grieg\nDATE=1888\n"
    assert read_tags(written) == Tags("Morning Mood", "Edvard Grieg")


def test_without_tags_nothing_is_known() -> None:
    """Neither in what is no metadata file at all."""
    assert read_tags(b";FFMETADATA1\nencoder=Lavf\n", b"", b"\xff\x00=\n=\n\\") == Tags(None, None)


def test_what_an_earlier_file_says_goes_before() -> None:
    """The later one fills the gaps."""
    assert read_tags(b"title=A\n", b"title=B\nartist=C\n") == Tags("A", "C")


def test_special_characters_are_escaped_in_the_format() -> None:
    """Sign of equality, semicolon, hash, backslash and line end, as ffmpeg writes them."""
    written = b"title=1\\=2\\; \\#3 \\\\ 4\\\nfive\nartist=x\n"
    assert read_tags(written) == Tags("1=2; #3 \\ 4 five", "x")


def test_a_title_can_not_forge_another_tag() -> None:
    """A line end in a value is part of it."""
    assert read_tags(b"comment=a\\\nartist=forged\ntitle=b\n") == Tags("b", None)


def test_the_artist_of_the_album_stands_in() -> None:
    """Where no other is named."""
    assert read_tags(b"album_artist=Various\ntitle=x\n").artist == "Various"
    assert read_tags(b"album_artist=Various\nartist=Ada\n").artist == "Ada"


def test_names_are_one_line_of_bounded_length_without_commands() -> None:
    """They come from elsewhere, and go into terminals, prompts and pages."""
    assert one_line(" a\r\n\tb\x1b[2J\u202e\u2028c ") == "a b [2J c"
    assert len(one_line("x" * 1_000)) == 200
    assert read_tags(b"title=\\\n \\\n\n") == Tags(None, None)


def test_huge_tags_cost_nothing() -> None:
    """Pictures and lyrics come in tags too."""
    assert read_tags(b"title=A\nlyrics=" + b"la " * 5_000_000) == Tags("A", None)
