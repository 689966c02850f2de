"""What a request to infer says beside its numbers, in the protocol's words; others are passed over."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.web.problem import BadData
from services.web.problem_answers import pointer

LONGEST_ID = 200  # characters; it comes back in the answer
STRICT = ConfigDict(strict=True)


class InputParameters(BaseModel):
    model_config = STRICT

    binary_data_size: int | None = None
    shared_memory_region: None = None  # a server that had one would read the tensor from there


class OutputParameters(BaseModel):
    model_config = STRICT

    binary_data: bool | None = None
    classification: None = None  # labels in place of the probabilities
    shared_memory_region: None = None


class QuestionParameters(BaseModel):
    model_config = STRICT

    binary_data_output: bool = False


class Input(BaseModel):
    model_config = STRICT

    name: Literal["records"]
    shape: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)]
    datatype: str
    parameters: InputParameters = InputParameters()
    data: Any = None


class Output(BaseModel):
    model_config = STRICT

    name: Literal["predict_proba"]
    parameters: OutputParameters = OutputParameters()


class Question(BaseModel):
    model_config = STRICT

    id: Annotated[str, Field(max_length=LONGEST_ID)] | None = None
    parameters: QuestionParameters = QuestionParameters()
    inputs: Annotated[list[Input], Field(min_length=1, max_length=1)]
    outputs: Annotated[list[Output], Field(max_length=1)] = []

    @property
    def wants_binary(self) -> bool:
        """What is said of the output counts before what is said of all."""
        said = self.outputs[0].parameters.binary_data if self.outputs else None
        return self.parameters.binary_data_output if said is None else said


def read_question(text: bytes) -> Question:
    """Raises BadData."""
    try:
        return Question.model_validate(orjson.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise BadData(f"{pointer(first['loc'])}: {first['msg']}") from error
    except ValueError as error:
        raise BadData(
            'Send {"inputs": [{"name", "shape", "datatype", "data"}]} as JSON; where a tensor in binary '
            "follows, Inference-Header-Content-Length says where it ends."
        ) from error
