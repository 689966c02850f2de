import pytest

from benchmarks.speed.wrk import Load, Request, read, write_script

SAID = """Running 1s test @ http://127.0.0.1:1/predict
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.50ms    1.20ms  20.00ms   91.10%
    Req/Sec     1.70k    50.00     1.80k    75.00%
  Latency Distribution
     50%    9.40ms
     75%    9.90ms
     90%   10.50ms
     99%   {slow}
  1700 requests in 1.00s, 2.00MB read
{more}Requests/sec:   1698.25
Transfer/sec:      2.00MB
"""


@pytest.mark.parametrize(("slow", "seconds"), [("13.50ms", 0.0135), ("1.20s", 1.2), ("950.00us", 0.00095)])
def test_requests_a_second_and_the_99th_percentile_are_read(slow, seconds):
    assert read(SAID.format(slow=slow, more="")) == Load(1698.25, pytest.approx(seconds))


@pytest.mark.parametrize(
    "more", ["  Non-2xx or 3xx responses: 3\n", "  Socket errors: connect 0, read 1, write 0, timeout 0\n"]
)
def test_a_refused_request_spoils_the_measurement(more):
    with pytest.raises(RuntimeError, match="refused or not answered"):
        read(SAID.format(slow="1.00ms", more=more))


def test_the_script_posts_the_body_with_its_headers(tmp_path):
    script = write_script(tmp_path, Request("http://x", b"\x00body", {"Content-Type": 'a"b'}))
    assert (tmp_path / "load.body").read_bytes() == b"\x00body"
    assert 'wrk.headers["Content-Type"] = "a\\"b"' in script.read_text()
