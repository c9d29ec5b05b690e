"""Names of files and folders, made of what a user typed."""

import hashlib


def slug(text: str, most: int = 120) -> str:
    """Returns a text as the name of a file, which is one of its folder whatever the text is.

    Args:
      text: anything; letters and digits of ASCII and the signs ``._=-`` stay, and other signs become hyphens.
      most: how many characters a name may have, above 17. Longer ones are cut and end in a hash of the text, so that
        texts which begin alike have names of their own.

    Example:
      >>> slug("unrolled:depth=10")
      'unrolled-depth=10'
    """
    plain = (letter if letter.isascii() and (letter.isalnum() or letter in "._=-") else "-" for letter in text)
    name = "".join(plain).lstrip(".") or "-"
    return name if len(name) <= most else f"{name[: most - 17]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
