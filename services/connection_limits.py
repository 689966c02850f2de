"""How many connections a server has at once, and how long a client may keep it waiting."""

from pydantic import Field

from services.secret_files import SettingsFromFiles


class ConnectionLimits(SettingsFromFiles):
    connections: int = Field(10_000, ge=1, description="Most connections at once.")
    arrival_s: float = Field(30.0, gt=0, description="So long a client may keep the server waiting.")
    slowest_bytes_s: int = Field(1_000, ge=1, description="Bytes that make up for a second.")
