"""Settings whose values lie in files, as container engines hand out secrets: `MLAAS_DATABASE_FILE=/run/...`.

A variable's value is seen by whoever may inspect a container, and by every child; a file by who may read it.
"""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from services.mistake import Mistake


class SecretUnreadable(Mistake):
    """The file that a variable names cannot be read, or there is nothing in it."""


class SecretFiles(PydanticBaseSettingsSource):
    """For each setting, what is in the file that its variable with `_FILE` at the end names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{self.config['env_prefix']}{field_name}_FILE".upper()
        return secret_in(variable), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.fields}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def fields(self) -> list[tuple[str, FieldInfo]]:
        return list(self.settings_cls.model_fields.items())


class SettingsFromFiles(BaseSettings):
    """Settings from variables, and from files that variables name; raises SecretUnreadable."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)


def secret_in(variable: str) -> str | None:
    """What is in the file that the variable names, without space around it; None where it names none."""
    file = os.environ.get(variable)
    if not file:
        return None
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnreadable(f"{file}, which {variable} names, cannot be read; may this user?") from error
    if not secret:
        raise SecretUnreadable(f"{file}, which {variable} names, is empty; put the secret into it")
    return secret
