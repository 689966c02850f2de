"""`make demo` without its installation: a whole game by one command, and no server left behind."""

import json
import socket
import subprocess
import sys
from pathlib import Path

GAME = ["--dataset", "digits", "--members", "60", "--shadows", "2", "--attacks", "gap,loss_threshold"]


def demo(out: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "services.demo", *GAME, "--out", str(out), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_a_game_by_one_command_and_the_next_one_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    done = demo(out)
    assert done.returncode == 0, done.stderr
    assert "loss_threshold" in done.stdout
    result = json.loads((out / "result.json").read_text())
    assert {attack["name"] for attack in result["attacks"]} == {"gap", "loss_threshold"}
    assert done.stdout.endswith(f"the report: {out / 'report.html'}\n")
    assert (out / "report.html").stat().st_size > 10_000
    for port in json.loads((out / "services/demo.json").read_text())["ports"]:
        with socket.socket() as one:
            assert one.connect_ex(("127.0.0.1", port)) != 0, "a server was left behind"
    mistaken = demo(out, "--profile", "neural_netwrok")
    assert mistaken.returncode != 0
    assert "neural_network" in mistaken.stderr
    assert "Traceback" not in mistaken.stderr
    assert json.loads((out.with_name("demo.old") / "result.json").read_text()) == result
    assert not (out / "result.json").exists()
