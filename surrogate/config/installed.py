"""The settings of plug-ins, as choices of Hydra's groups: asked for what is not shipped."""

from __future__ import annotations

from pathlib import Path

from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import OmegaConf

from surrogate.config.resources import RECIPE, installed, installed_choices, shipped
from surrogate.errors import InputError
from surrogate.reading import read_text, read_yaml

Header = dict[str, str | None]


class InstalledSource(ConfigSource):
    """Hydra's source of the YAML beside the modules of plug-ins, read by :func:`surrogate.reading.read_yaml`.

    Without a YAML a plug-in has no settings but its name. What is shipped is not looked for here.
    """

    @staticmethod
    def scheme() -> str:
        """Return what stands in Hydra's search path for this source."""
        return "installed"

    def load_config(self, config_path: str) -> ConfigResult:
        """Return the settings of the plug-in that ``GROUP/NAME`` names.

        Raises:
            SettingsError: several packages declare it, or its module is not there.
            InputError: its YAML is no mapping, or larger or deeper than settings are.
        """
        group, name = _split(config_path)
        choice = installed(group, name)
        file = None if choice is None else choice.settings()
        if file is None:
            return self._result({"name": name}, {"package": None})
        node = read_yaml(file)
        if not isinstance(node, dict):
            raise InputError(f"{file}: expected settings, KEY: VALUE on each line")
        header: Header = self._get_header_dict(read_text(file))
        if group == RECIPE and header["package"] is None:
            header = {"package": "_global_"}
        return self._result(node, header)

    def _result(self, node: dict[str, object], header: Header) -> ConfigResult:
        return ConfigResult("installed packages", self.full_path(), OmegaConf.create(node), header)

    def available(self) -> bool:
        """Return true: that there are no plug-ins is no fault."""
        return True

    def is_group(self, config_path: str) -> bool:
        """Return whether a group has choices of plug-ins; those of groups that are shipped need not be looked for."""
        return False

    def is_config(self, config_path: str) -> bool:
        """Return whether a plug-in is called so, and nothing that is shipped."""
        group, name = _split(config_path)
        return name not in shipped(group) and installed(group, name) is not None

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the choices of a group that plug-ins add."""
        return sorted({one.name for one in installed_choices(config_path)})


def installed_words() -> list[str]:
    """Return what is to be added to Hydra's search path."""
    Plugins.instance().register(InstalledSource)
    return [f"{InstalledSource.scheme()}://packages"]


def _split(config_path: str) -> tuple[str, str]:
    path = Path(config_path)
    return str(path.parent), path.name.removesuffix(".yaml")
