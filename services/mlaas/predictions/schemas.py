from pydantic import BaseModel, Field


class Instances(BaseModel):
    """A prediction request in JSON. Described here and read elsewhere: validation by field is slow."""

    instances: list[list[float]] = Field(description="Records without their label.")


class Predictions(BaseModel):
    model_id: str
    classes: list[str]
    predictions: list[list[float]] = Field(description="A probability for every class, a row a record.")
