from sqlalchemy import select
from sqlalchemy.orm import Session

from services.mlaas.leakage.tables import LeakageReport


def newest(session: Session, model_id: str) -> LeakageReport | None:
    return session.scalars(
        select(LeakageReport)
        .where(LeakageReport.model_id == model_id)
        .order_by(LeakageReport.created_at.desc(), LeakageReport.id)
        .limit(1)
    ).one_or_none()
