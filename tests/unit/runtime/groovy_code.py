"""What Nextflow runs of a Groovy text: strings and comments blanked, `${…}` inside strings kept, every line in its place."""

import re

STRING = re.compile(r"'''|\"\"\"|'|\"|//|/\*|/")
SLASHY = re.compile(r"(?:[(,=~:\[!&|?{};]|\breturn)\s*$")  # before a `/` that opens a pattern; elsewhere it divides


def code(text: str) -> str:
    """Return a text of the same length and lines that holds code alone."""
    out, place = [], 0
    while found := STRING.search(text, place):
        out.append(text[place : found.start()])
        place = found.start()
        if found[0] == "/" and not SLASHY.search(text[:place]):
            out.append("/")
            place += 1
            continue
        end = _end(text, place, found[0])
        out.append(_blank(text[place:end], found[0] in ('"', '"""')))
        place = end
    return "".join(out) + text[place:]


def _end(text: str, place: int, opening: str) -> int:
    """Place after the string or comment that begins at `place`."""
    if opening == "//":
        return text.find("\n", place) % (len(text) + 1)
    closing = "*/" if opening == "/*" else opening
    at, depth = place + len(opening), 0
    while at < len(text):
        if text[at] == "\\" and opening != "/*":
            at += 2
        elif opening in ('"', '"""') and text.startswith("${", at):
            depth, at = depth + 1, at + 2
        elif depth:
            depth, at = depth + {"{": 1, "}": -1}.get(text[at], 0), at + 1
        elif text.startswith(closing, at):
            return at + len(closing)
        else:
            at += 1
    return len(text)


def _blank(part: str, interpolated: bool) -> str:
    """Spaces for the letters of a string, with the code of its `${…}` left in."""
    out, at = [], 0
    while interpolated and (start := part.find("${", at)) >= 0:
        depth, end = 1, start + 2
        while depth and end < len(part):
            depth, end = depth + {"{": 1, "}": -1}.get(part[end], 0), end + 1
        out += [_spaces(part[at:start]), "${", code(part[start + 2 : end])]
        at = end
    return "".join(out) + _spaces(part[at:])


def _spaces(text: str) -> str:
    return "".join("\n" if letter == "\n" else " " for letter in text)
