"""The challenger's client of the provider."""

from pathlib import Path

import pytest
from live import Customer, provider, two_clusters

from services.challenger.errors import ProviderRefused
from services.challenger.provider import Provider


def test_a_used_up_quota_is_a_refusal_and_not_waited_for(
    tmp_path: Path, profiles_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLAAS_QUOTA_RECORDS", "10")
    records = two_clusters(60)
    with (
        provider(tmp_path, "--workers", "1", "--profiles", profiles_folder) as url,
        Customer(url) as customer,
    ):
        client = Provider(url, customer.key, patience_s=5.0)
        client.train("m", client.upload("clusters", records), "tiny", {})
        client.wait("m")
        with pytest.raises(ProviderRefused, match="429"):
            client.predict("m", records[:11, 1:], classes=2)
