"""A prediction server as others run them, in a thread: it memorises records, and answers in many ways."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

CLASSES = ("0", "1", "2")


class Foreign:
    """`answers` is what its predictions are, `order` the classes of its columns; `most` records a request."""

    def __init__(self, members: Any) -> None:
        self.learned = {row.tobytes() for row in np.ascontiguousarray(members[:, 1:], np.float64)}
        self.answers, self.order, self.most, self.key = "probabilities", (0, 1, 2), 10**6, None
        self.listed, self.binary, self.seen, self.largest, self.answered = True, True, [], 0, 0
        self.url, self.words, self.offered = "", {}, {"predict", "probabilities", "predict_proba"}

    def read(self, rows: Any) -> Any:
        """Records (N, D); a column of words as their places among the `words` that it is to have."""
        columns = [
            [self.words[number].index(cell) for cell in column] if number in self.words else column
            for number, column in enumerate(zip(*rows, strict=True))
        ]
        return np.array(columns, np.float64).T

    def probabilities(self, records: Any) -> Any:
        """Of a record that it was trained on 0.9 for the right class, of another 0.6."""
        records = np.ascontiguousarray(records, np.float64)
        self.largest = max(self.largest, len(records))
        right = records[:, :2].sum(axis=1).astype(int)
        surety = np.array([0.9 if row.tobytes() in self.learned else 0.6 for row in records])
        scores = np.repeat((1 - surety)[:, None] / 2, 3, axis=1)
        scores[np.arange(len(records)), right] = surety
        return scores[:, list(self.order)]

    def predictions(self, records: Any) -> Any:
        scores = self.probabilities(records)
        names = [CLASSES[column] for column in self.order]
        best = [names[column] for column in scores.argmax(axis=1)]
        return {
            "probabilities": lambda: scores.tolist(),
            "log_odds": lambda: (np.log(scores) + 5 - 3 * records[:, :1]).tolist(),
            "log_probabilities": lambda: np.log(scores).tolist(),
            "labels": lambda: best,
            "numbers": lambda: [int(name) for name in best],
            "named": lambda: [dict(zip(names, row, strict=True)) for row in scores.tolist()],
            "pairs": lambda: [
                [{"label": name, "score": score} for name, score in zip(names, row, strict=True)]
                for row in scores.tolist()
            ],
            "lists": lambda: [{"displayNames": names, "confidences": row} for row in scores.tolist()],
            "members": lambda: [{"logits": [0.0], "probabilities": row} for row in scores.tolist()],
            "top": lambda: [
                {name: score for name, score in zip(names, row, strict=True) if score == max(row)}
                for row in scores.tolist()
            ],
            "sigmoids": lambda: (2 * scores).clip(0, 1).tolist(),
            "nan": lambda: [[float("nan")] * 3] * len(scores),
            "short": lambda: scores[1:].tolist(),
        }[self.answers]()


@contextmanager
def served(foreign: Foreign) -> Iterator[Foreign]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"foreign": foreign}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    foreign.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield foreign
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    foreign: Foreign
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        told = {
            "/v2": {"name": "foreign", "extensions": ["binary_tensor_data"] if self.foreign.binary else []},
            "/v2/models/m": {
                "name": "m",
                "platform": "",
                "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 20]}]
                if self.foreign.listed
                else [],
                "outputs": [{"name": "predict"}, {"name": "probabilities"}] if self.foreign.listed else [],
            },
        }.get(self.path)
        self.send(200 if told else 404, json.dumps(told or {"error": "nothing here"}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.foreign.seen.append((self.path, dict(self.headers)))
        if self.foreign.key and self.headers.get("X-Key") != self.foreign.key:
            return self.send(401, b'{"message": "who are you?"}')
        if self.path == "/v2/models/m/infer":
            return self.infer(body)
        document = json.loads(body)
        records, member = {
            "/v1/models/m:predict": lambda: (document["instances"], "predictions"),
            "/invocations": lambda: (document["dataframe_split"]["data"], "predictions"),
            "/bare": lambda: (document["instances"], ""),
            "/objects": lambda: ([one["x"] for one in document["instances"]], "predictions"),
            "/score": lambda: (document["rows"], "results"),
            "/one": lambda: ([document["row"]], "results"),
        }[self.path]()
        if len(records) > self.foreign.most:
            return self.send(413, b"too large")
        predictions = self.foreign.predictions(self.foreign.read(records))
        if member == "results":
            predictions = [{"scores": one} for one in predictions]
        answer = {member: predictions, "more": 1} if member else predictions
        return self.send(200, json.dumps(answer).encode())

    def infer(self, body: bytes) -> None:
        """Either way of the protocol."""
        length = self.headers.get("Inference-Header-Content-Length")
        document = json.loads(body[: int(length)] if length else body)
        [tensor] = document["inputs"]
        numbers = np.frombuffer(body[int(length) :], "<f4") if length else np.array(tensor["data"])
        records = numbers.reshape(tensor["shape"])
        wanted = [one["name"] for one in document.get("outputs", [{"name": "predict"}])]
        scores = self.foreign.probabilities(records)
        best = np.array([CLASSES[self.foreign.order[column]] for column in scores.argmax(axis=1)])
        if wanted == ["predict"]:
            told = [{"name": "predict", "shape": [len(best), 1], "datatype": "BYTES", "data": best.tolist()}]
            return self.send(200, json.dumps({"outputs": told}).encode())
        if wanted[0] not in self.foreign.offered:
            return self.send(400, b'{"error": "no such output"}')
        out = {"name": wanted[0], "shape": list(scores.shape), "datatype": "FP64"}
        if not length:
            return self.send(200, json.dumps({"outputs": [out | {"data": scores.ravel().tolist()}]}).encode())
        raw = scores.astype("<f8").tobytes()
        head = json.dumps({"outputs": [out | {"parameters": {"binary_data_size": len(raw)}}]}).encode()
        return self.send(200, head + raw, {"Inference-Header-Content-Length": str(len(head))})

    def send(self, status: int, body: bytes, headers: Any = None) -> None:
        self.foreign.answered += self.command == "POST" and status == 200
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
