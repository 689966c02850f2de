import pytest

from attacker.client.documents import Count
from attacker.errors import LedgerMismatch
from attacker.ledger import agree

OURS = {"m-1": Count(3, 60), "m-2": Count(1, 10)}


def test_equal_counts_agree_whatever_the_account_asked_before():
    agree(OURS, {"m-1": Count(2, 5)}, {"m-1": Count(5, 65), "m-2": Count(1, 10), "m-9": Count(7, 7)})


@pytest.mark.parametrize("theirs", [Count(3, 61), Count(4, 60)])
def test_a_difference_names_both_numbers(theirs):
    numbers = f"60 records in 3 requests, the provider {theirs.records} in {theirs.requests}"
    with pytest.raises(LedgerMismatch, match=numbers):
        agree(OURS, {}, OURS | {"m-1": theirs})


def test_a_model_that_the_provider_never_counted_differs():
    with pytest.raises(LedgerMismatch, match="m-2"):
        agree(OURS, {}, {"m-1": Count(3, 60)})
