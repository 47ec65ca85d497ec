"""Folders of a user's own settings, ``--config-dir`` and those of plug-ins: looked at before OmegaConf reads them."""

from __future__ import annotations

from pathlib import Path

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult

from surrogate.config.installed import installed_words
from surrogate.config.resources import own_folders
from surrogate.config.words import quoted
from surrogate.errors import InputError
from surrogate.kinds import absent
from surrogate.reading import read_yaml


class BoundedSource(FileConfigSource):
    """Hydra's source of configuration files, each of them read by :func:`surrogate.reading.read_yaml` before.

    Three hundred bytes of aliases take OmegaConf minutes and half a gigabyte.
    """

    @staticmethod
    def scheme() -> str:
        """Return what a path in Hydra's search path starts with to be read by this source."""
        return "bounded"

    def load_config(self, config_path: str) -> ConfigResult:
        """Return the configuration in a file of the folder.

        Raises:
            InputError: it is larger or deeper than settings are, has anchors, or is not a mapping in YAML.
        """
        file = Path(self.path) / self._normalize_file_name(config_path)
        if not isinstance(read_yaml(file) or {}, dict):
            raise InputError(f"{file}: expected settings, KEY: VALUE on each line")
        return super().load_config(config_path)


def search_words(folder: Path | None) -> list[str]:
    """Return the word that makes Hydra look into plug-ins and, where there is one, into ``folder`` too.

    Raises:
        InputError: there is no such folder.
    """
    if folder is not None and not folder.is_dir():
        raise absent(folder, "folder of settings")
    own = own_folders(folder)
    if own:
        Plugins.instance().register(BoundedSource)
    places = [*(f"{BoundedSource.scheme()}://{one.absolute()}" for one in own), *installed_words()]
    return [f"hydra.searchpath=[{','.join(map(quoted, places))}]"]
