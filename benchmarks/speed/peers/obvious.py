"""The obvious prediction endpoint: FastAPI, pydantic, torch; it logs nothing.

python obvious.py MODEL.npz PORT
"""

import sys

import torch
import uvicorn
from fastapi import FastAPI
from model import network
from pydantic import BaseModel

model = network(sys.argv[1])
app = FastAPI()


class Question(BaseModel):
    instances: list[list[float]]


class Answer(BaseModel):
    predictions: list[list[float]]


@app.post("/threaded")
def threaded(question: Question) -> Answer:
    with torch.inference_mode():
        return Answer(predictions=model(torch.tensor(question.instances)).tolist())


@app.post("/on-the-loop")
async def on_the_loop(question: Question) -> Answer:
    with torch.inference_mode():
        return Answer(predictions=model(torch.tensor(question.instances)).tolist())


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), access_log=False)
