import os
import subprocess
import sys
from importlib.util import find_spec

from live import Customer, read_npy, sums_of_the_log, two_clusters

from benchmarks.speed import results
from benchmarks.speed.cores import on_core
from benchmarks.speed.environment import steal
from benchmarks.speed.figures import NAMES
from benchmarks.speed.processes import started_here, status_mib
from services.parties import server


def test_every_figure_has_its_file():
    assert all(find_spec(f"benchmarks.speed.figures.{name}") for name in NAMES)


def test_one_figure_is_measured_alone_and_kept(tmp_path):
    file = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks.speed", "start_up", "--rounds", "1", "--results", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    entry = results.read(file)["figures"]["start_up"]
    assert [figure["name"] for figure in entry["figures"]] == ["help", "serve"]
    assert all(figure["ours"][0] > 0 for figure in entry["figures"])
    assert 0 <= entry["steal"] <= 1


def test_the_ledger_that_charges_nothing_answers_and_logs_nothing(tmp_path, profiles_folder):
    arguments = ["--workers", "1", "--profiles", profiles_folder]
    with server("benchmarks.speed.uncharged", tmp_path, 0, arguments) as url, Customer(url) as customer:
        dataset = customer.upload(two_clusters(60)).json()
        model = customer.train(dataset_id=dataset["id"], profile="tiny").json()["id"]
        assert customer.ended(model)["state"] == "ready"
        assert len(read_npy(customer.predict(model, two_clusters(7)[:, 1:]).content)) == 7
        assert customer.usage(model)["requests"] == 0
    assert sums_of_the_log(tmp_path) == []


def test_what_is_started_on_a_core_stays_there_and_this_process_does_not():
    before = os.sched_getaffinity(0)
    with on_core(0):
        show = [sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))"]
        assert subprocess.check_output(show, text=True).split() == [str(min(before))]
    assert os.sched_getaffinity(0) == before


def test_processes_started_here_are_found_with_their_memory():
    with subprocess.Popen(
        [sys.executable, "-c", "print(input())", "quite-a-word"], stdin=subprocess.PIPE
    ) as child:
        assert started_here("quite-a-word") == [child.pid]
        assert 0 < status_mib(child.pid, "VmRSS") <= status_mib(child.pid, "VmHWM")
        child.communicate(b"end\n")
    assert status_mib(child.pid, "VmRSS") == 0


def test_steal_is_a_share():
    with steal() as taken:
        sum(range(1_000_000))
    assert 0 <= taken.share <= 1
