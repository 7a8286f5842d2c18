"""Split inference of videos and of images, as the platform's contract has it: what a codec is given, what of its answers is
looked at, and where its files are looked for."""
import os
import pathlib
import time

import torch

_ENCODER_TIMES = ("feature_reduction", "conversion", "inner_codec")
_DECODER_TIMES = ("inner_codec", "conversion", "feature_restoration")


def _only_file(folder, stem):
    names = [stem] if os.path.splitext(stem)[1] in (".bin", ".mp4") else [f"{stem}.bin", f"{stem}.mp4"]
    found = [folder / name for name in names if (folder / name).is_file()]
    assert len(found) == 1, f"Error: decode_only mode, {len(found)} bitstream files matching {' or '.join(names)}"
    # An older platform takes any file that begins so.
    begins = [p for p in folder.iterdir() if p.name.startswith(stem) and p.suffix in (".bin", ".mp4") and "_tmp" not in p.name]
    assert begins == found, begins
    return found[0]


class SplitInference:
    def __init__(self, conf):
        self._conf = conf
        self._codec_conf = conf.codec
        self._folder = pathlib.Path(conf.codec.codec_output_dir)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._type = getattr(torch, conf.datatype)
        self.times = {"nn_part_1": 0.0, "encode": 0.0, "decode": 0.0, "nn_part_2": 0.0}
        self.details = {"encode": {}, "decode": {}}
        self.complexity = {}

    def _timed(self, name, call, *arguments, **more):
        start = time.perf_counter()
        result = call(*arguments, **more)
        self.times[name] += time.perf_counter() - start
        return result

    def _note(self, name, details, complexity, kept=None):
        assert isinstance(details, dict) and all(isinstance(value, float) for value in details.values())
        for key, value in details.items():
            if kept is None or key in kept:
                self.details[name][key] = self.details[name].get(key, 0.0) + value
        if self._codec_conf.measure_complexity:
            kmac, pixels = complexity[0], complexity[1]
            total, of = self.complexity.get(name, (0, 0))
            self.complexity[name] = (total + kmac, of + pixels)

    def _range(self, frames):
        first, count = self._codec_conf.skip_n_frames, self._codec_conf.n_frames_to_be_encoded
        count = frames - first if count == -1 else count
        assert count == frames or self._codec_conf.encode_only, "encoding a part needs encode_only"
        return first, first + count

    def _encode(self, codec, x, prefix):
        x["data"] = {k: v.type(self._type) for k, v in x["data"].items()}
        out, times, complexity = self._timed("encode", codec.encode, x, self._folder, self._codec_conf.bitstream_name, prefix,
                                             remote_inference=False)
        "data" in out["bitstream"]  # the platform asks so whether nothing was coded: it has to be a text
        return out, times, complexity

    def _decode(self, codec, bitstream, prefix):
        out, times, complexity = self._timed("decode", codec.decode, bitstream, self._folder, prefix, org_img_size=None,
                                             remote_inference=False, vcm_mode=False, output10b=False)
        assert "org_input_size" in out and "input_size" in out, "the platform reads the data set again for the sizes"
        return out, times, complexity

    def _second_half(self, network, evaluator, x, tensors, names):
        # By order: the codec's own names do not count.
        x = {**x, "data": dict(zip(names, tensors))}
        self._timed("nn_part_2", network.features_to_output, x)
        evaluator.digest(x)

    def _details(self, record, codec, file_bytes, order, x):
        return {"file_name": record["file_name"], "qp": "uncmp" if codec.qp_value is None else codec.qp_value,
                "bytes": file_bytes, "coded_order": order, "input_size": x["input_size"][0],
                "org_input_size": f"{x['org_input_size']['height']}x{x['org_input_size']['width']}"}


class Video(SplitInference):
    def __call__(self, network, codec, dataset, evaluator):
        first, last = self._range(len(dataset))
        if not self._codec_conf.decode_only:
            kept = []
            for t, (record,) in enumerate(dataset):
                if first <= t < last:
                    features = self._timed("nn_part_1", network.input_to_features, record)
                    kept.append({name: tensor.cpu().detach() for name, tensor in features["data"].items()})
            x = {"org_input_size": {"height": record["height"], "width": record["width"]},
                 "input_size": features["input_size"],
                 "data": {name: torch.cat([frame[name] for frame in kept]) for name in kept[0]}}
            out, times, complexity = self._encode(codec, x, "")
            self._note("encode", times, complexity)
            self.coded_bytes = out["bytes"]
            if self._codec_conf.encode_only:
                raise SystemExit(0)
            bitstream = out["bitstream"]
        else:
            bitstream = _only_file(self._folder, self._codec_conf.bitstream_name)
        x, times, complexity = self._decode(codec, bitstream, "")
        self._note("decode", times, complexity)
        frames = [dict(zip(x["data"], tensors)) for tensors in zip(*x["data"].values())]
        assert all(self._conf.datatype in str(tensor.dtype) for tensor in frames[0].values()), "Output features not of expected datatype"
        assert len(frames) == len(dataset), f"{len(frames)} decoded frames, {len(dataset)} supposed"
        details = []
        for t, ((record,), frame) in enumerate(zip(dataset, frames)):
            tensors = [tensor.type(torch.float32).unsqueeze(0) for tensor in frame.values()]
            self._second_half(network, evaluator, x, tensors, network.split_layer_list)
            details.append(self._details(record, codec, os.stat(bitstream).st_size / len(dataset), t, x))
        return details


class Images(SplitInference):
    def __call__(self, network, codec, dataset, evaluator):
        first, last = self._range(len(dataset))
        details, self.coded_bytes = [], []
        for t, (record,) in enumerate(dataset):
            prefix = f"img_id_{record['image_id']}"
            if not self._codec_conf.decode_only:
                if not first <= t < last:
                    continue
                x = self._timed("nn_part_1", network.input_to_features, record)
                x["org_input_size"] = {"height": record["height"], "width": record["width"]}
                out, times, complexity = self._encode(codec, x, prefix)
                self._note("encode", times, complexity, _ENCODER_TIMES)
                self.coded_bytes += out["bytes"]
                bitstream = out["bitstream"]
            else:
                bitstream = _only_file(self._folder, f"{self._codec_conf.bitstream_name}-{prefix}")
            if self._codec_conf.encode_only:
                continue
            x, times, complexity = self._decode(codec, bitstream, prefix)
            self._note("decode", times, complexity, _DECODER_TIMES)
            self._second_half(network, evaluator, x, list(x["data"].values()), network.split_layer_list)
            details.append(self._details(record, codec, os.stat(bitstream).st_size, t, x))
        return None if self._codec_conf.encode_only else details


PIPELINES = {"video-split-inference": Video, "image-split-inference": Images}
