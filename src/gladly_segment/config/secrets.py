"""The settings of the key that secrets at rest are sealed with."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gladly_segment.config.values import SecretText
from gladly_segment.core.secret import Secret
from gladly_segment.vault import KeyCommand, KeyFile, KeySources, KeyText


class SecretsSettings(BaseModel):
    """Where the key comes from; without any, from a file beside the data directory, `{data_dir}.key`."""

    model_config = ConfigDict(extra="forbid")

    key_file: Path | None = Field(
        default=None,
        description="File that holds the key, readable by its owner only; by default {data_dir}.key.",
        examples=["/etc/gladly-segment/secrets.key"],
    )
    key: SecretText | None = Field(
        default=None,
        description="The key itself, 32 random bytes in base64; meant for the environment.",
        examples=["..."],
    )
    key_command: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Command that prints the key, a KMS's for example, with its arguments; no shell is asked.",
        examples=[["systemd-creds", "cat", "secrets.key"]],
    )
    previous_key_files: tuple[Path, ...] = Field(
        default=(),
        description="Files of former keys, which still open what they sealed, until `secrets rotate` is done.",
        examples=[["/etc/gladly-segment/secrets.old.key"]],
    )

    @model_validator(mode="after")
    def _one_key(self) -> "SecretsSettings":
        if len(found := [name for name in ("key_file", "key", "key_command") if getattr(self, name) is not None]) > 1:
            raise ValueError(f"{' and '.join(found)} are set; keep one of them")
        return self

    def sources(self, data_dir: Path) -> KeySources:
        """Tell where the keys come from."""
        return KeySources(self._current(data_dir), tuple(path.expanduser() for path in self.previous_key_files))

    def _current(self, data_dir: Path) -> KeyFile | KeyText | KeyCommand:
        if self.key is not None:
            return KeyText(Secret(self.key.get_secret_value()))
        if self.key_command is not None:
            return KeyCommand(self.key_command)
        if self.key_file is not None:
            return KeyFile(self.key_file.expanduser())
        # Not in it, so that a copy of the directory alone opens nothing.
        return KeyFile(Path(f"{os.path.abspath(data_dir)}.key"), beside=data_dir)  # noqa: PTH100 - links stay
