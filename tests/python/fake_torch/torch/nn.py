"""Of torch.nn: what a codec derives from."""


class Module:
    def __init__(self):
        object.__setattr__(self, "_parameters", {})

    def __setattr__(self, name, value):
        if "_parameters" not in self.__dict__:
            raise AttributeError("assigned before Module.__init__()")
        object.__setattr__(self, name, value)
