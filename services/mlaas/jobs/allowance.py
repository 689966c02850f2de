"""How much of its work an account may have in the queue and under way."""

from sqlalchemy.orm import Session

from services.mlaas.errors import TooManyJobs
from services.mlaas.jobs.repository import unfinished_of


def check_one_more(session: Session, account_id: str, most: int) -> None:
    """Raises TooManyJobs. Several requests at once that do not see each other may be some too many."""
    if unfinished_of(session, account_id) >= most:
        raise TooManyJobs(
            f"An account may have {most} trainings and reports that have not ended; wait for some to end.",
            headers={"Retry-After": "5"},
        )
