"""A data set, a network and an evaluator that are files of tensors: DATA/NAME.npz has one array a layer, frames x channels
x height x width; DATA/NAME.json the sizes and the network's own names of the layers."""
import configparser
import json
import pathlib

import numpy as np
import torch


class Dataset:
    """Frames, one list of one record each, as a loader of batches of one gives them."""

    def __init__(self, config):
        root = pathlib.Path(config.root)
        with np.load(root / f"{config.dataset_name}.npz") as archive:
            self.layers = {name: archive[name] for name in archive.files}
        self.about = json.loads((root / f"{config.dataset_name}.json").read_text())
        self.seqinfo = root / config.seqinfo if config.seqinfo else None

    def __len__(self):
        return len(next(iter(self.layers.values())))

    def __iter__(self):
        height, width = self.about["source"]
        return iter([[{"image_id": 100 + t, "height": height, "width": width, "file_name": f"{t:04d}.png", "image": t}]
                     for t in range(len(self))])

    def sequence(self):
        """(name, frames per second, frames)"""
        parser = configparser.ConfigParser()
        parser.read(self.seqinfo)
        section = parser["Sequence"]
        return section["name"], int(section["frameRate"]), int(section["seqLength"])


class Network:
    """The first half reads tensors of a frame, the second half is their arithmetic mean."""

    def __init__(self, dataset, device):
        self._dataset, self._device = dataset, device
        self.split_layer_list = dataset.about["splits"]

    def input_to_features(self, record):
        def tensor(values):
            made = torch.from_numpy(np.ascontiguousarray(values[None]))
            if self._device == "cpu":
                return made
            made.requires_grad = True
            return made.to(self._device)

        layers = {name: tensor(values[record["image"]]) for name, values in self._dataset.layers.items()}
        keys = [int(name) if name.isdigit() else name for name in layers]  # some networks number their layers
        return {"data": dict(zip(keys, layers.values())), "input_size": [tuple(self._dataset.about["input"])]}

    def features_to_output(self, x):
        assert list(x["data"]) == list(self.split_layer_list)
        return [float(tensor.type(torch.float32).numpy().mean()) for tensor in x["data"].values()]


class Evaluator:
    """Keeps what was decoded, as float32, for whoever looks: decoded.npz and decoded.json."""

    def __init__(self):
        self._frames, self._sizes = [], set()

    def digest(self, x):
        self._frames.append([tensor.type(torch.float32).numpy()[0] for tensor in x["data"].values()])
        self._sizes.add((str(x["input_size"]), str(x["org_input_size"])))

    def results(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "decoded.npz", **{str(i): np.stack(layer) for i, layer in enumerate(zip(*self._frames))})
        (folder / "decoded.json").write_text(json.dumps(sorted(self._sizes)))
        return float(np.mean([np.mean(layer) for layer in zip(*self._frames)]))
