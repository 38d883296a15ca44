"""What is said in a cue: its text without markup, sound descriptions, music signs and speakers' names."""

import html
import re

_STYLE = re.compile(r"\{\\[^{}]*\}")  # {\an8}, {\i1}: SubStation styles in SRT files
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|</?>|<[\d:.]+>")  # <i>, <v Ann>, <c.loud>, <00:00:01.500>
# [applause], (DOOR SLAMS); Chinese and Japanese write wide brackets.
_SOUND = re.compile("\\[[^\\[\\]]*\\]|\uff3b[^\uff3b\uff3d]*\uff3d|\\((?=[^a-z()]*[A-Z])[^a-z()]*\\)")
# (laughs) where nothing else is said
_WHOLE_SOUND = re.compile("[-\u2013\\s]*(?:(?:\\([^()]*\\)|\uff08[^\uff08\uff09]*\uff09)[\\s.]*)+$")
_MUSIC = re.compile("[\u2669-\u266f]|^\\s*#|#\\s*$")
# Speakers are announced by >>, by a dash, or by a name in capitals and a colon.
_SPEAKER = re.compile(
    r"^(?:>{2,3}\s*|[-\u2010-\u2015]+\s*)*+(?:[A-Z][A-Z0-9.'-]*(?: [A-Z0-9.'-]+){0,3}:\s+)?"
)
# Control characters other than white space, format (but for joiners, which scripts need) and surrogate characters say
# nothing and break terminals.
_UNSPEAKABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
# No character has a number of so many digits, and Python refuses to read thousands of them.
_ENDLESS_REFERENCE = re.compile(r"&#[0-9]{20,};?")


def spoken_lines(lines: tuple[str, ...]) -> list[str]:
    """The lines of a cue as they are spoken; those that hold no speech are left out."""
    plain = (_plain(line) for line in lines)
    return [line for line in plain if line]


def spoken_text(text: str) -> str:
    """A text as it is spoken, in one line; empty where it holds no speech."""
    return " ".join(spoken_lines(tuple(text.splitlines())))


def _plain(line: str) -> str:
    line = _TAG.sub("", _BREAK.sub(" ", _STYLE.sub("", line)))
    line = _UNSPEAKABLE.sub("", html.unescape(_ENDLESS_REFERENCE.sub("", line)))
    if _WHOLE_SOUND.match(line):
        return ""
    line = _MUSIC.sub(" ", _SOUND.sub(" ", line)).strip()
    line = " ".join(_SPEAKER.sub("", line).split())
    return line if any(character.isalnum() for character in line) else ""
