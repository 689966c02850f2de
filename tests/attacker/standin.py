"""A provider and a challenger in one small process, which fail on command: `python standin.py FOLDER`.

Models memorise: a record that they were trained on gets its label with 0.9, another with 0.6.
`POST /faults {"path", "kind", "times", "skip"}` makes requests to paths that end in `path` fail, after the
next `skip` of them; the kinds that end in `_answer` do the work and lose the answer, `POST /heal` ends all.
`GET /world` tells what was done, `POST /reset` begins anew, `POST /knowledge {"kind"}` changes what the game
grants, `POST /images {"shape"}` makes its records images, `POST /filter {"kind"}` answers with `labels` alone
or with `fresh` noise, `POST /recipe {"profile"}` makes this the profile under which models are served.
"""

import io
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

CLASSES, FEATURES, MEMBERS = 3, 20, 30
LOCK = threading.Lock()


class World:
    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        records = np.unique(rng.integers(0, 2, (400, FEATURES), dtype=np.uint8), axis=0)
        records = rng.permutation(records)[: 4 * MEMBERS + 20]
        labels = (records[:, :2].sum(axis=1)).astype(np.uint8)
        table = np.column_stack([labels, records])
        self.members, self.others, self.population = (
            table[:MEMBERS],
            table[MEMBERS : 2 * MEMBERS],
            table[2 * MEMBERS :],
        )
        order = rng.permutation(2 * MEMBERS)
        self.candidates = table[: 2 * MEMBERS][order]
        self.truth = (order < MEMBERS)[None, :]
        self.accounts, self.datasets, self.models = 0, {}, {}
        self.models["m-target"] = {"table": self.members, "body": None}
        self.usage, self.replays, self.submissions = {}, {}, {}
        self.state, self.faults, self.seen = "open", [], []
        self.knowledge = {"kind": "population"}
        self.shape, self.declared = None, {}
        self.filter, self.served_under, self.noise = None, "box", rng
        self.asked, self.closed = [], 0  # games that were asked for, and how often one was closed


WORLD = World()


def npy(array):
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()


def answer(table, records):
    known = {row.tobytes() for row in np.ascontiguousarray(table[:, 1:], np.float64)}
    labels = records[:, :2].sum(axis=1).astype(int)
    inside = np.array([row.tobytes() in known for row in np.ascontiguousarray(records, np.float64)])
    classes = sorted({int(label) for label in table[:, 0]})
    sure = np.where(inside, 0.9, 0.6) + 0.05 * records[:, 5]
    out = np.repeat(((1 - sure) / (CLASSES - 1))[:, None], CLASSES, axis=1)
    out[np.arange(len(records)), labels] = sure
    return out[:, classes].astype(np.float32)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.handle_one(b"")

    def do_PATCH(self):
        self.do_POST()

    def do_POST(self):
        self.handle_one(self.rfile.read(int(self.headers.get("content-length", 0))))

    def handle_one(self, body):
        path = self.path.partition("?")[0]
        if path == "/faults":
            WORLD.faults.append(json.loads(body))
            return self.json(200, {})
        if path == "/heal":
            WORLD.faults.clear()
            return self.json(200, {})
        if path == "/knowledge":
            WORLD.knowledge = json.loads(body)
            return self.json(200, {})
        if path == "/images":
            WORLD.shape = json.loads(body)["shape"]
            return self.json(200, {})
        if path == "/filter":
            WORLD.filter = json.loads(body)["kind"]
            return self.json(200, {})
        if path == "/recipe":
            WORLD.served_under = json.loads(body)["profile"]
            return self.json(200, {})
        if path == "/state":
            WORLD.state = json.loads(body)["state"]
            return self.json(200, {})
        if path == "/world":
            return self.json(200, self.world())
        if path == "/reset":
            WORLD.__init__()
            return self.json(200, {})
        with LOCK:
            WORLD.seen.append(f"{self.command} {path}")
            fault = next((f for f in WORLD.faults if path.endswith(f["path"]) and f["times"] > 0), None)
            if fault and fault.get("skip", 0):
                fault["skip"] -= 1
                fault = None
            if fault:
                fault["times"] -= 1
        if fault and not fault["kind"].endswith("_answer"):
            return self.fail(fault["kind"])
        with LOCK:
            status, headers, answer = self.route(path, body)
        if fault:
            return self.fail(fault["kind"].removesuffix("_answer"))
        return self.send(status, headers, answer)

    def route(self, path, body):
        parts = path.strip("/").split("/")
        if parts == ["v1", "datasets"] and self.command == "GET":
            items = [{"name": "missing", "substitute": "present"}, {"name": "present", "substitute": None}]
            return document(200, {"items": items})
        if parts[:2] == ["v1", "games"]:
            return self.game(parts[2:], body)
        return self.provider(self.command, parts[1:], body)

    def provider(self, method, parts, body):
        match method, parts:
            case "POST", ["accounts"]:
                WORLD.accounts += 1
                return document(201, {"account_id": "a", "api_key": f"key_{WORLD.accounts}", "new": 1})
            case "GET", []:
                return document(200, {"limits": {"predict_records": 25, "predict_npy_bytes": 2**20}})
            case "GET", ["profiles"]:
                price = {"currency": "EUR", "training": 0.5, "per_1000_records": 2}
                dear = price | {"training": 5.0, "per_1000_records": 20}
                items = [{"name": "box", "price": price}, {"name": "dear", "price": dear}]
                return document(200, {"items": items})
            case "GET", ["usage"]:
                extra = any(fault["kind"] == "miscount" for fault in WORLD.faults)
                items = [
                    {"model_id": model, "requests": requests, "records": records + extra}
                    for model, (requests, records) in WORLD.usage.items()
                ]
                return document(200, {"items": items})
            case "POST", ["datasets"]:
                dataset_id = f"d-{len(WORLD.datasets)}"
                for known, content in WORLD.datasets.items():
                    if content == body:
                        return document(200, {"id": known})
                WORLD.datasets[dataset_id] = body
                return document(201, {"id": dataset_id})
            case "PATCH", ["datasets", dataset_id]:
                WORLD.declared[dataset_id] = json.loads(body)
                return document(200, {"id": dataset_id})
            case "POST", ["models"]:
                return self.train(json.loads(body))
            case "GET", ["models", model]:
                return self.model(model)
            case "POST", ["models", model, "predict"]:
                return self.predict(model, body)
        return problem(404, "not-found", "There is nothing here.")

    def train(self, asked):
        known = WORLD.models.get(asked["id"])
        if known and known["body"] != asked:
            return problem(409, "model-exists", "Choose another id.")
        if "from" in asked:
            return self.serve(asked)
        table = np.load(io.BytesIO(WORLD.datasets[asked["dataset_id"]]))
        WORLD.models[asked["id"]] = {"table": table[asked["rows"]], "body": asked}
        return document(202, {"id": asked["id"], "state": "queued", "profile": asked["profile"]})

    def serve(self, asked):
        if asked["profile"] != WORLD.served_under:
            return problem(422, "other-recipe", "It trains another way.")
        base = WORLD.models[asked["from"]]
        WORLD.models[asked["id"]] = {"table": base["table"], "body": asked}
        return document(202, {"id": asked["id"], "state": "ready", "profile": asked["profile"]})

    def model(self, model):
        if model not in WORLD.models:
            return problem(404, "not-found", "There is no such model.")
        labels = sorted({int(label) for label in WORLD.models[model]["table"][:, 0]})
        described = {"id": model, "profile": "box", "classes": [str(x) for x in labels]}
        described["features"] = described_features()
        failing = [f for f in WORLD.faults if f["kind"] == "training" and model.endswith(f["path"])]
        state = {"state": "failed", "error": "out of luck"} if failing else {"state": "ready"}
        return document(200, described | state)

    def predict(self, model, body):
        key = self.headers["idempotency-key"]
        headers = {"content-type": "application/x-npy"}
        if key in WORLD.replays:
            kept_body, kept = WORLD.replays[key]
            if kept_body != body:
                return problem(422, "idempotency-conflict", "The key was used for another body.")
            return 200, headers | {"records-charged": "0"}, kept
        records = np.load(io.BytesIO(body))
        requests, count = WORLD.usage.get(model, (0, 0))
        WORLD.usage[model] = requests + 1, count + len(records)
        answered = npy(filtered(answer(WORLD.models[model]["table"], records)))
        WORLD.replays[key] = body, answered
        return 200, headers | {"records-charged": str(len(records))}, answered

    def create(self, asked):
        """The one game there is; of the data set `missing` there is none."""
        WORLD.asked.append(asked)
        if asked["dataset"] == "missing":
            return problem(503, "dataset-unavailable", "It is not here; put it there.")
        if asked["profile"] != "box":
            return problem(422, "unknown-profile", "There is no [/profile] of that name.")
        if WORLD.state == "failed":
            WORLD.state = "open"
        return document(202, {"id": "g-1", "url": f"{URL}/v1/games/g-1", "owner_key": "ok-1"})

    def game(self, parts, body):
        if not parts:
            return self.create(json.loads(body))
        if parts[0] != "g-1":
            return problem(404, "not-found", "There is no such game.")
        match self.command, parts[1:]:
            case "GET", []:
                return document(200, self.game_document())
            case "GET", ["candidates"]:
                return 200, {}, npy(WORLD.candidates)
            case "GET", ["knowledge"]:
                return self.knowledge()
            case "POST", ["submissions"]:
                kept = WORLD.submissions.setdefault(self.headers["idempotency-key"], json.loads(body))
                if kept != json.loads(body):
                    return problem(422, "idempotency-conflict", "The key was used for another body.")
                return document(202, {"id": f"s-{len(WORLD.submissions)}"})
            case "POST", ["close"]:
                WORLD.state = "closed"
                WORLD.closed += 1
                return document(200, {})
        if WORLD.state != "closed":
            return problem(409, "game-not-closed", "Wait for its owner.")
        if parts[1] == "membership":
            return 200, {}, npy(WORLD.truth)
        if parts[1] != "submissions":
            return problem(404, "not-found", "There is nothing here.")
        return document(200, self.evaluations())

    def knowledge(self):
        kind = WORLD.knowledge["kind"]
        if kind in ("population", "noisy", "shifted"):
            return 200, {}, npy(WORLD.population)
        features = described_features()
        if kind == "marginals":
            for feature, share in zip(features, WORLD.population[:, 1:].mean(axis=0), strict=True):
                feature["distribution"] = {"values": [0, 1], "probabilities": [1 - share, share]}
        return document(200, {"kind": kind, "features": features})

    def evaluations(self):
        rate = {"value": 0.5, "low": 0.4, "high": 0.6, "count": 5, "of": 10}
        names = ("balanced_accuracy", "accuracy", "precision", "recall", "f1", "fpr")
        submitted = list(WORLD.submissions.values())[-1]
        attacks = [
            {"name": attack["name"], "parameters": attack["parameters"], "access": attack["access"]}
            | {"auc": {"value": 0.5, "low": 0.4, "high": 0.6}, "tpr_at_fpr": {"0.01": rate}}
            | dict.fromkeys(names, rate)
            for attack in submitted["attacks"]
        ]
        return {"attacks": attacks, "target": {"train_accuracy": rate, "test_accuracy": rate}}

    def game_document(self):
        return {
            "id": "g-1",
            "state": WORLD.state,
            "provider_url": URL,
            "profile": "box",
            "options": {},
            "members": MEMBERS,
            "candidates": 2 * MEMBERS,
            "classes": [str(k) for k in range(CLASSES)],
            "features": described_features(),
            "rules": {"knowledge": WORLD.knowledge, "access": "disjoint"},
            "targets": [{"index": 0, "model_id": "m-target"}],
        } | ({"shape": WORLD.shape} if WORLD.shape else {})

    def world(self):
        return {
            "accounts": WORLD.accounts,
            "datasets": len(WORLD.datasets),
            "models": sorted(WORLD.models),
            "usage": WORLD.usage,
            "seen": WORLD.seen,
            "submissions": list(WORLD.submissions.values()),
            "declared": WORLD.declared,
            "asked": WORLD.asked,
            "closed": WORLD.closed,
            "profiles": {m: model["body"]["profile"] for m, model in WORLD.models.items() if model["body"]},
            "trained": {m: body["rows"] for m, body in bodies() if "rows" in body},
            "served": {m: body["from"] for m, body in bodies() if "from" in body},
        }

    def fail(self, kind):
        if kind == "reset":
            self.close_connection = True
            return self.connection.shutdown(2)
        if kind == "busy":
            return self.send(503, {"retry-after": "0.25"}, b"{}")
        if kind == "redirect":
            return self.send(307, {"location": "http://elsewhere.example/"}, b"")
        if kind == "over":
            return self.send(*problem(409, "game-not-open", "The game is closed."))
        if kind == "rate":
            return self.send(*problem(429, "rate-limited", "So many can never be asked in a minute."))
        if kind == "quota":
            return self.send(*problem(429, "quota-exceeded", "Ask your operator for more."))
        if kind == "stall":
            WORLD.seen.append("stalled")
            time.sleep(3600)
        bodies = {
            "not_npy": b"hello",
            "lying": lying_header(),
            "short": npy(np.zeros((25, CLASSES), np.float32))[:-4],
            "narrow": npy(np.zeros((25, CLASSES - 1), np.float32)),
            "nan": npy(np.full((25, CLASSES), np.nan, np.float32)),
            "pickle": pickled(),
            "flood": bytes(2**20),
            "not_json": b"<html>",
        }
        return self.send(200, {}, bodies[kind])

    def json(self, status, value):
        return self.send(*document(status, value))

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def bodies():
    """What was asked for, by model."""
    return [(model, known["body"]) for model, known in WORLD.models.items() if known["body"]]


def filtered(answers):
    if WORLD.filter == "labels":
        return np.eye(answers.shape[1], dtype=np.float32)[answers.argmax(axis=1)]
    if WORLD.filter == "fresh":
        noisy = answers * np.exp(WORLD.noise.normal(scale=0.1, size=answers.shape))
        return (noisy / noisy.sum(axis=1, keepdims=True)).astype(np.float32)
    return answers


def described_features():
    return [{"name": str(i), "kind": "binary", "min": 0, "max": 1} for i in range(FEATURES)]


def document(status, value):
    return status, {"content-type": "application/json"}, json.dumps(value).encode()


def problem(status, slug, detail):
    body = {"type": f"https://x.example/problems/{slug}", "title": slug, "status": status, "detail": detail}
    return status, {"content-type": "application/problem+json"}, json.dumps(body).encode()


def lying_header():
    """Claims 25 x 10^9 numbers, holds none."""
    file = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (25, 10**9)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def pickled():
    file = io.BytesIO()
    np.save(file, np.array([[{}] * CLASSES] * 25, dtype=object), allow_pickle=True)
    return file.getvalue()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    URL = f"http://127.0.0.1:{server.server_address[1]}"
    (folder / "partial").write_text(URL)
    (folder / "partial").rename(folder / "url")
    server.serve_forever()
