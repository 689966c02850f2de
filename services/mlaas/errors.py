"""What the provider answers when it cannot do what was asked.

Problem
├── OptionNotOffered       422
├── UnknownProfile         422
├── OtherRecipe            422
├── ImagesOnly             422
├── OneClassOnly           422
├── RowsOutOfRange         422
├── NothingHeldOut         422
├── OtherRecords           422
├── RecordsDeleted         409
├── ModelExists            409
├── ModelNotReady          409
├── InUse                  409
├── Damaged                409
├── IdempotencyConflict    422
├── SignUpClosed           403
├── PredictOnly            403
├── StorageFull            403
├── QuotaExceeded          429
├── RateLimited            429
├── TooManyJobs            429
└── TooManyRequests        429
"""

from services.web.problem import BadData, Conflict, Forbidden, InvalidRequest, Problem


class UnknownProfile(InvalidRequest):
    slug, title = "unknown-profile", "There is no such profile"


class OptionNotOffered(InvalidRequest):
    slug, title = "option-not-offered", "The profile does not offer this option or value"


class OtherRecipe(InvalidRequest):
    slug, title = "other-recipe", "The profile trains another way"


class ImagesOnly(InvalidRequest):
    slug, title = "images-only", "The profile takes images"


class OneClassOnly(BadData):
    slug, title = "one-class-only", "A model needs records of two classes or more"


class RowsOutOfRange(InvalidRequest):
    slug, title = "rows-out-of-range", "Some rows are not in the dataset"


class NothingHeldOut(InvalidRequest):
    slug, title = "nothing-held-out", "There are no records that the model never saw"


class OtherRecords(BadData):
    slug, title = "other-records", "The held-out records are not like the model's"


class RecordsDeleted(Conflict):
    slug, title = "records-deleted", "The records that the model was trained on are deleted"


class ModelExists(Conflict):
    slug, title = "model-exists", "The model id is taken"


class ModelNotReady(Conflict):
    slug, title = "model-not-ready", "The model cannot answer yet"


class InUse(Conflict):
    slug, title = "in-use", "Something still needs it"


class Damaged(Conflict):
    slug, title = "damaged", "What was stored is damaged or gone"


class IdempotencyConflict(InvalidRequest):
    slug, title = "idempotency-conflict", "The Idempotency-Key was used for another request"


class SignUpClosed(Forbidden):
    slug, title = "sign-up-closed", "This provider does not take new accounts by itself"


class PredictOnly(Forbidden):
    slug, title = "predict-only", "This key may only predict"


class StorageFull(Forbidden):
    slug, title = "storage-full", "The account may store no more"


class QuotaExceeded(Problem):
    status, slug, title = 429, "quota-exceeded", "The query quota is used up"


class RateLimited(Problem):
    status, slug, title = 429, "rate-limited", "Too many records in a minute"


class TooManyJobs(Problem):
    status, slug, title = 429, "too-many-jobs", "Too much of the account's work has not ended"


class TooManyRequests(Problem):
    status, slug, title = 429, "too-many-requests", "Too many of the account's requests are under way"
