"""Secrets from files: `NAME_file` stands for the content of a file wherever `NAME` is a secret setting."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast


def read_secret_files(values: object, single: Sequence[str], several: Sequence[str]) -> object:
    """Replace `NAME_file` by `NAME`: the whole content for single secrets, one a line for several.

    Raises ValueError naming the setting, never the content.
    """
    if not isinstance(values, Mapping):
        return values
    settings = dict(cast("Mapping[str, object]", values))
    for name in (*single, *several):
        path = settings.pop(f"{name}_file", None)
        if path is None:
            continue
        if name in settings:
            raise ValueError(f"both {name} and {name}_file are set; keep one of them")
        content = _read(name, path)
        lines = [line.strip() for line in content.splitlines() if line.strip()]
        if not lines:
            raise ValueError(f"{name}_file names {path}, which is empty")
        settings[name] = lines if name in several else content.strip()
    return settings


def _read(name: str, path: object) -> str:
    try:
        return Path(str(path)).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror
    except UnicodeDecodeError:
        reason = "it is no UTF-8 text"
    except RuntimeError:
        reason = "there is no such home directory"
    raise ValueError(f"{name}_file names {path}, which cannot be read: {reason}")
