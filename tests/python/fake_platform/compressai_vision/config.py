"""Configurations as Hydra composes them: a primary file whose defaults list names a file of each group, found in a search
path; overrides of the command line; interpolations, relative ones too. A key that is not there cannot be set, but with +."""
import argparse
import pathlib
import re

import yaml

CFGS = pathlib.Path(__file__).parent / "cfgs"


class Conf(dict):
    """A mapping whose keys are attributes as well."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]


def _conf(value):
    return Conf({k: _conf(v) for k, v in value.items()}) if isinstance(value, dict) else value


def _merge(into, values):
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _load(places, name):
    for place in places:
        if (place / f"{name}.yaml").is_file():
            return yaml.safe_load((place / f"{name}.yaml").read_text())
    raise SystemExit(f"Could not load '{name}'. Config search path: {', '.join(map(str, places))}")


def _set(conf, path, value, may_add):
    *parents, last = path.split(".")
    for parent in parents:
        if parent not in conf and not may_add:
            raise SystemExit(f"Could not override '{path}'. Key '{parent}' is not in struct")
        conf = conf.setdefault(parent, {})
    if last not in conf and not may_add:
        raise SystemExit(f"Could not override '{path}'. Key '{last}' is not in struct")
    conf[last] = value


def _resolve(conf):
    def at(path, here):
        dots = len(path) - len(path.lstrip("."))
        place = (here[:len(here) - dots] if dots else []) + path.lstrip(".").split(".")
        node = conf
        for name in place:
            node = node[name]
        return value_of(node, place)

    def value_of(value, here):
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\$\{([\w.]+)\}", value)
        if whole:
            return at(whole.group(1), here)
        return re.sub(r"\$\{([\w.]+)\}", lambda found: str(at(found.group(1), here)), value)

    def walk(node, here):
        return {k: walk(v, [*here, k]) if isinstance(v, dict) else value_of(v, [*here, k]) for k, v in node.items()}

    return _conf(walk(conf, []))


def compose(arguments):
    """The resolved configuration of a command line."""
    parser = argparse.ArgumentParser(prog="compressai-split-inference", allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--config-name", "-cn")
    parser.add_argument("--config-dir", "-cd")
    options = parser.parse_args(arguments)
    if options.config_name is None:
        raise SystemExit("no configuration is named")
    overrides = [(key.lstrip("+"), yaml.safe_load(value), key.startswith("+"))
                 for key, value in (text.split("=", 1) for text in options.overrides)]
    places = [CFGS] + ([pathlib.Path(options.config_dir)] if options.config_dir else [])
    for key, value, _ in overrides:
        if key == "hydra.searchpath":
            places += [pathlib.Path(place[len("file://"):]) for place in value]
    conf = _load(places, options.config_name)
    groups = {group: name for entry in conf.pop("defaults") for group, name in entry.items()}
    groups.update({key: value for key, value, _ in overrides if key in groups})
    own = conf
    conf = {}
    for group, name in groups.items():
        _merge(conf, {group: _load([place / group for place in places], name)})
    _merge(conf, own)
    for key, value, may_add in overrides:
        if key not in groups and not key.startswith("hydra."):
            _set(conf, key, value, may_add)
    return _resolve(conf)
