"""Codecs by name. Nobody looks for them: they are here when their module was imported."""
CODECS = {}


def register_codec(name):
    def register(cls):
        CODECS[name] = cls
        return cls

    return register
