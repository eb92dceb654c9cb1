"""Text: plain, NFC, without markup, control or invisible characters; paragraphs are separated by an empty line.

`&lt;b&gt;` within HTML is a text about a tag, and stays. A text without markup is HTML only if decoding its entities
brings markup to light (feeds that escape twice).
"""

from __future__ import annotations

import html
import re
import unicodedata

from microharvest.map.normalise.taken import Taken

__all__ = ["clean_text", "one_line", "storable", "unquoted", "verbatim"]

_NAMES = (
    "p|br|div|span|b|i|u|em|strong|a|ul|ol|li|dl|dt|dd|h[1-6]|hr|table|thead|tbody|tr|td|th|img|sub|sup|small|font|"
    "blockquote|section|article|header|footer|center|pre|code|iframe|script|style|html|body|head|title|meta|link|"
    "figure|figcaption|video|audio|source|button|form|input|label|strike|del|ins|mark|tt|cite|abbr|main|nav|aside"
)
_MARKUP = re.compile(
    rf"<(?:/(?:{_NAMES})\s*|(?:{_NAMES})(?:\s+[a-z_:@][^<>]*=[^<>]*|\s*/|\s+[a-z-]+)?\s*)>|<!--", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_PARAGRAPH_END = re.compile(r"</?(?:p|div|h[1-6]|ul|ol|dl|table|blockquote|section|article|pre|hr)(?=[\s/>])", re.I)
_LINE_END = re.compile(r"<(?:br|li|tr|dt|dd)(?=[\s/>])", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh](?=[\s>])", re.IGNORECASE)

_TAG = re.compile(r"""</?[a-z!?](?:[^<>"']|"[^"<]*"|'[^'<]*')*+>|</?[a-z!?][^<>]*>""", re.IGNORECASE)
_HIDDEN = re.compile(r"<!--|<(script|style)(?=[\s/>])", re.IGNORECASE)
_HIDDEN_END = {
    "--": re.compile("-->"),
    "script": re.compile(r"</script[^<>]*>", re.IGNORECASE),
    "style": re.compile(r"</style[^<>]*>", re.IGNORECASE),
}

# Tab, line feed and carriage return are white space; form feed and vertical tab count as it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)
# Colours and the like of a terminal (ECMA-48, 5.4): without their first character they would read as text. U+009B may
# begin one too, and is far more often a quotation mark of Windows-1252.
_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Joiners are spelling after a letter of Persian or Hindi, and part of emoji; elsewhere they are dirt.
_STRAY_JOINER = re.compile("(?<![\u0590-\u1fff\u2190-\U0010ffff])[\u200c\u200d]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# UTF-8 read as Windows-1252 and written as UTF-8 again: "PrÃ¼fung", "itâ€™s". "Ã" alone ends words of Portuguese
# capitals, before quotation marks, dashes, ordinals and spaces, too: those do not count.
_TWICE = re.compile("Ã[¼¶¤©¨§Ÿ±³£µ¸¥¦¢¯´]|â€[™œ¦“”˜¢]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAKS = re.compile(r" ?\n ?")
_BREAKS = re.compile(r"\n{3,}")
_ALL_SPACE = re.compile(r"\s+")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')  # some exports quote a cell twice


def storable(text: str) -> str:
    """`text` as any store takes it: lone surrogates become U+FFFD, NUL becomes its picture; nothing else changes."""
    if text.isascii():
        return text.replace("\0", "\u2400")
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\u2400")


def clean_text(text: str) -> Taken[str]:
    """Plain text, or no value where nothing is left. Cleaning twice changes nothing, unless a text is about HTML."""
    if _is_clean(text) and "<" not in text and "&" not in text:
        return Taken(text.strip() or None)
    codes: list[str] = []
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    if "<" in text or "&" in text:
        plain = _without_markup(text)
        if plain is not None:
            codes.append("value.html_removed")
            text = plain
        elif _ENTITY.search(text):
            text = _SURROGATE.sub("\ufffd", _decoded(text))
    return _visible(text, codes)


def verbatim(text: str) -> Taken[str]:
    """As `one_line`, but `<` and `&` are only signs: for identifiers, where they may stand (a SICI, a query)."""
    if not _is_clean(text):
        taken = _visible(_SURROGATE.sub("\ufffd", text), [])
        return taken._replace(value=_ALL_SPACE.sub(" ", taken.value)) if taken.value else taken
    return Taken(text.strip() or None)


def _is_clean(text: str) -> bool:
    """Nothing in it but its ends would be cleaned: what Python calls printable holds no control or invisible character,
    no surrogate and no white space but spaces. Ten times faster than patterns that say the same."""
    if not text.isprintable() or "  " in text:
        return False
    if text.isascii():
        return True
    return "\ufffd" not in text and unicodedata.is_normalized("NFC", text) and not _coded_twice(text)


def _coded_twice(text: str) -> bool:
    return ("Ã" in text or "â€" in text) and _TWICE.search(text) is not None


def _visible(text: str, codes: list[str]) -> Taken[str]:
    visible = _STRAY_JOINER.sub("", _INVISIBLE.sub("", _CONTROL_SEQUENCE.sub("", text)))
    if visible != text:
        codes.append("value.control_removed")
    if "\ufffd" in visible or _coded_twice(visible):
        codes.append("value.text_damaged")
    return Taken(_tidy(unicodedata.normalize("NFC", visible)) or None, "declared", tuple(codes))


def one_line(text: str) -> Taken[str]:
    """As `clean_text`, for titles, names and labels: line breaks become spaces."""
    cleaned = clean_text(text)
    if cleaned.value is None or "\n" not in cleaned.value:
        return cleaned
    return cleaned._replace(value=_ALL_SPACE.sub(" ", cleaned.value))


def unquoted(cleaned: Taken[str]) -> Taken[str]:
    """Without a second pair of quotes around the whole: "He said ""yes""." is said, not quoted."""
    if cleaned.value is None or cleaned.value[0] != '"':
        return cleaned
    quoted = _QUOTED.fullmatch(cleaned.value)
    return cleaned if quoted is None else cleaned._replace(value=quoted[1].replace('""', '"').strip() or None)


def _without_markup(text: str) -> str | None:
    """The text of HTML; None if there is no markup in it."""
    if _MARKUP.search(text):
        return _text_of_html(text)
    decoded = html.unescape(text) if _ENTITY.search(text) else text
    if decoded != text and _MARKUP.search(decoded):
        return _text_of_html(decoded)
    return None


def _decoded(text: str) -> str:
    """Entities decoded; those escaped twice ("R&amp;amp;D") too, unless that would make markup of a text about it."""
    once = html.unescape(text)
    twice = html.unescape(once) if _ENTITY.search(once) else once
    return once if _MARKUP.search(twice) else twice


def _text_of_html(text: str) -> str:
    """Linear in the length of the text, whatever stands in it: a real parser takes minutes for 200,000 open tags."""
    text = _ALL_SPACE.sub(" ", _without_hidden(text))
    text = _PARAGRAPH_END.sub(r"\n\n\g<0>", text)
    text = _LINE_END.sub(r"\n\g<0>", text)
    text = _CELL_END.sub(r" \g<0>", text)
    return _SURROGATE.sub("\ufffd", html.unescape(_TAG.sub("", text)))


def _without_hidden(text: str) -> str:
    """Without comments, scripts and styles. One that never ends is kept, so that no text after it is lost."""
    kept: list[str] = []
    position = 0
    endless: set[str] = set()
    for opening in _HIDDEN.finditer(text):
        kind = (opening[1] or "--").lower()
        if opening.start() < position or kind in endless:
            continue
        closing = _HIDDEN_END[kind].search(text, opening.end())
        if closing is None:
            endless.add(kind)
            continue
        kept.append(text[position : opening.start()])
        position = closing.end()
    return "".join([*kept, text[position:]])


def _tidy(text: str) -> str:
    if "\r" in text or "\u2028" in text or "\u2029" in text or "\x85" in text:
        text = text.replace("\r\n", "\n")
        for line_end in "\r\x85\u2028\u2029":
            text = text.replace(line_end, "\n")
    text = _SPACES.sub(" ", text)
    if "\n" in text:
        text = _BREAKS.sub("\n\n", _AROUND_BREAKS.sub("\n", text))
    return text.strip()
