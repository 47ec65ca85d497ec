"""KEY=VALUE words looked at one by one before Hydra puts them together, for it stops over some without saying which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from surrogate.errors import UsageError, shown

# Lists of a thousand paths fit; what is longer is no setting.
_LONGEST_WORD = 200_000
_DEEPEST_WORD = 20


def checked(words: Sequence[str]) -> list[Override]:
    """Return the words as Hydra reads them.

    Raises:
        UsageError: a word is too long or too deep, or is no KEY=VALUE.
    """
    return [_parsed(word) for word in words]


@contextmanager
def understood(words: Sequence[str]) -> Iterator[None]:
    """Within it, whatever Hydra stumbles over in ``words``, without an error of its own, is one line for the user.

    Raises:
        UsageError: in place of what is no error of Hydra's or OmegaConf's, nor of ours.
    """
    try:
        yield
    except (HydraException, OmegaConfBaseException):
        raise
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as why:
        text = " ".join(shown(word).strip("'") for word in words)
        raise UsageError(f"{text}: cannot be put together as settings ({why})") from None


def _parsed(word: str) -> Override:
    if len(word) > _LONGEST_WORD:
        raise UsageError(f"{shown(word)}: has {len(word):,} characters, expected at most {_LONGEST_WORD:,}")
    depth = most = 0
    for letter in word:
        depth += (letter in "[{(") - (letter in ")}]")
        most = max(most, depth)
    if most > _DEEPEST_WORD:
        raise UsageError(f"{shown(word)}: has {most} brackets within each other, expected at most {_DEEPEST_WORD}")
    try:
        return OverridesParser.create().parse_override(word)
    except HydraException:
        raise UsageError(f"{shown(word)}: cannot be read as KEY=VALUE; quote lists: 'grid=[64,64]'") from None
    except (ValueError, RecursionError) as error:
        # Python reads no number of more than some thousand digits.
        digits = sum(letter.isdigit() for letter in word)
        reason = f"a number of {digits:,} digits" if "digits" in str(error) else str(error)
        raise UsageError(f"{shown(word)}: cannot be read: {reason}") from None
