"""The command compressai-split-inference: one configuration, one run, tables of it."""
import csv
import json
import pathlib
import sys

from compressai_vision.config import compose
from compressai_vision.data import Dataset, Evaluator, Network
from compressai_vision.pipelines import PIPELINES
from compressai_vision.registry import CODECS


def _create_codec(conf, network, dataset_conf):
    if "device" not in conf:
        raise ValueError("Please specify the argument ++codec.device=cpu or cuda.")
    arguments = {key: value for key, value in conf.items() if key != "type"}
    return CODECS[conf.type](**arguments, vision_model=network, dataset=dataset_conf)


def _write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def main():
    conf = compose(sys.argv[1:])
    dataset = Dataset(conf.dataset.config)
    network = Network(dataset, conf.pipeline.device)
    evaluator = Evaluator()
    folder = pathlib.Path(conf.evaluator.output_dir)
    codec = _create_codec(conf.codec, network, conf.dataset)
    pipeline = PIPELINES[f"{conf.pipeline.type}-{conf.pipeline.name}"](conf.pipeline)
    details = pipeline(network, codec, dataset, evaluator)
    if details is None:
        return
    accuracy = evaluator.results(folder)
    total = sum(row["bytes"] for row in details)
    if codec.eval_encode_type == "bpp":
        pixels = sum(int(h) * int(w) for h, w in (row["org_input_size"].split("x") for row in details))
        summary = {"Dataset": conf.dataset.config.dataset_name, "qp": details[0]["qp"], "avg_bpp": total * 8 / pixels}
    else:
        name, fps, frames = dataset.sequence()
        summary = {"Dataset": name, "fps": fps, "num_of_coded_frame": frames, "qp": details[0]["qp"],
                   "bitrate (kbps)": total * 8 * fps / (1000 * frames)}
    times = {}
    for name, value in pipeline.times.items():
        times[name] = value
        times.update({f"{name}_{key}": sub for key, sub in pipeline.details.get(name, {}).items()})
    _write(folder / "summary.csv", [{**summary, "end_accuracy": accuracy, **times}])
    _write(folder / f"encode_details_{details[0]['qp']}.csv", details)
    if conf.codec.mac_computation:
        _write(folder / "summary_complexity.csv",
               [{name: kmac / pixels for name, (kmac, pixels) in pipeline.complexity.items()}])
    if not conf.pipeline.codec.decode_only:
        (folder / "coded_bytes.json").write_text(json.dumps(pipeline.coded_bytes))
