"""Lists in pages: an opaque token for what comes next, empty at the end (after AIP-158)."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from services.web.problem import InvalidRequest

T = TypeVar("T")
LARGEST_PAGE = 1_000


class Page:
    """Asked for by `page_size` and `page_token`; `after` is the last key of the page before."""

    def __init__(
        self,
        page_size: Annotated[int, Query(ge=1, description=f"At most {LARGEST_PAGE} are given.")] = 50,
        page_token: Annotated[str, Query(max_length=200)] = "",
    ) -> None:
        self.size = min(page_size, LARGEST_PAGE)
        try:
            self.after = base64.urlsafe_b64decode(page_token).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise InvalidRequest("The page_token is not one of ours; leave it out to begin.") from None

    def token(self, found: Sequence[T], last_key: str, *, more: bool = False) -> str:
        """The token of the next page; empty when this one was not full and there is no `more`."""
        more = more or len(found) == self.size
        return base64.urlsafe_b64encode(last_key.encode()).decode() if more else ""


PageDep = Annotated[Page, Depends(Page)]
