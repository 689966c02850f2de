"""All tables of the provider in one place, for migrations."""

from services.mlaas.accounts.tables import Account
from services.mlaas.datasets.tables import Dataset
from services.mlaas.facades.amazon_ml.tables import DataSource, ModelRequest, RealtimeEndpoint
from services.mlaas.jobs.tables import Job
from services.mlaas.keys.tables import Key
from services.mlaas.leakage.tables import LeakageReport
from services.mlaas.ledger.tables import Query, Usage
from services.mlaas.models.tables import Model
from services.mlaas.pages.tables import PageSession

__all__ = [
    "Account",
    "DataSource",
    "Dataset",
    "Job",
    "Key",
    "LeakageReport",
    "Model",
    "ModelRequest",
    "PageSession",
    "Query",
    "RealtimeEndpoint",
    "Usage",
]
