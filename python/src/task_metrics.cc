// task_metrics.cc: what a network's output is worth, against labels and against its output on other features.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "eval/accuracy.h"
#include "eval/coco_ap.h"
#include "eval/task_distortion.h"
#include "python/src/errors.h"
#include "python/src/registers.h"
#include "python/src/work.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

// x1, y1, x2, y2 in pixels, score, label
using BoxTuple = std::tuple<float, float, float, float, float, int>;
// x1, y1, x2, y2 in pixels, label, crowd, ignore, area in square pixels (below 0: the box's own)
using TrueBoxTuple = std::tuple<float, float, float, float, int, bool, bool, double>;

std::vector<Detection> DetectionsOf(const std::vector<BoxTuple>& boxes) {
  std::vector<Detection> detections;
  for (const auto& [x1, y1, x2, y2, score, label] : boxes) detections.push_back({x1, y1, x2, y2, score, label});
  return detections;
}

// The values of a buffer of one type, row after row, copied.
template <class Value>
std::vector<Value> ValuesOf(const py::buffer& from, const std::string& where) {
  const py::buffer_info buffer = from.request();
  if (buffer.format != py::format_descriptor<Value>::format() || PyBuffer_IsContiguous(buffer.view(), 'C') == 0) {
    Raise(Usage("values of type '" + buffer.format + "', or not row after row", where));
  }
  const auto* const first = static_cast<const Value*>(buffer.ptr);
  return {first, first + buffer.size};
}

// Average precision over pictures.
class ApSum {
 public:
  void Add(const std::vector<TrueBoxTuple>& truth, const std::vector<BoxTuple>& detections) {
    std::vector<TrueBox> boxes;
    for (const auto& [x1, y1, x2, y2, label, crowd, ignore, area] : truth)
      boxes.push_back({x1, y1, x2, y2, label, crowd, ignore, area});
    Check(Work(&gate_, [&]() -> Status {
      sum_.Add(boxes, DetectionsOf(detections));
      return {};
    }));
  }
  py::tuple Summary() const {
    const CocoAp ap = sum_.Summary();
    return py::make_tuple(ap.ap, ap.ap50, ap.ap75, ap.ap_small, ap.ap_medium, ap.ap_large);
  }
  double ClassAp(int label) const { return sum_.class_ap(label); }

 private:
  Gate gate_;
  CocoApSum sum_;
};

// Labels of pixels over frames.
class PixelSum {
 public:
  PixelSum(int classes, int ignore_label) : sum_(classes, ignore_label) {}

  void Add(const py::buffer& truth, const py::buffer& predicted) {
    const auto a = ValuesOf<uint8_t>(truth, "truth"), b = ValuesOf<uint8_t>(predicted, "predicted");
    if (a.size() != b.size()) Raise(BadInput("pictures of different sizes", "truth, predicted"));
    Check(Work(&gate_, [&] { return sum_.Add(a, b); }));
  }
  double MeanIou() const { return sum_.mean_iou(); }
  double PixelAccuracy() const { return sum_.pixel_accuracy(); }
  double ClassIou(int label) const { return sum_.class_iou(label); }

 private:
  Gate gate_;
  SegmentationAccuracy sum_;
};

TaskResult ResultOf(const std::string& task, const py::buffer& raw, const std::vector<BoxTuple>& boxes,
                    const std::string& where) {
  TaskResult result;
  for (const py::ssize_t size : raw.request().shape) result.raw_shape.push_back(size);
  result.raw = ValuesOf<float>(raw, where);
  result.detections = DetectionsOf(boxes);
  result.kind = task == "classification" ? TaskKind::kClassification
                : task == "segmentation" ? TaskKind::kSegmentation
                                         : TaskKind::kDetection;
  return result;
}

// A network's output on decoded features against its output on the originals.
class TaskSum {
 public:
  explicit TaskSum(std::string task) : task_(std::move(task)) {}

  // best: the best class, or that of every pixel, of both sides; boxes: of detection, best first.
  void Add(const std::pair<py::buffer, py::buffer>& raw, const std::pair<py::buffer, py::buffer>& best,
           const std::vector<BoxTuple>& reference_boxes, const std::vector<BoxTuple>& decoded_boxes) {
    TaskResult reference = ResultOf(task_, raw.first, reference_boxes, "reference");
    TaskResult decoded = ResultOf(task_, raw.second, decoded_boxes, "decoded");
    for (auto [result, labels] : {std::pair{&reference, &best.first}, {&decoded, &best.second}}) {
      if (result->kind == TaskKind::kClassification) result->top_labels = ValuesOf<int>(*labels, "best");
      if (result->kind == TaskKind::kSegmentation) result->labels = ValuesOf<uint8_t>(*labels, "best");
    }
    Check(Work(&gate_, [&] { return sum_.Add(reference, decoded); }));
  }
  py::tuple Summary() const {
    const TaskDistortion d = sum_.Summary();
    return py::make_tuple(d.kl_nats, d.agreement, d.task_snr_db);
  }

 private:
  Gate gate_;
  const std::string task_;
  TaskDistortionSum sum_;
};

py::tuple TopShares(const std::vector<std::vector<int>>& best_labels, const std::vector<int>& true_labels) {
  TopAccuracy sum;
  for (size_t i = 0; i < true_labels.size(); ++i) sum.Add(best_labels.at(i), true_labels[i]);
  return py::make_tuple(sum.top1(), sum.top5());
}

}  // namespace

void RegisterTaskMetrics(py::module_& m) {
  py::class_<ApSum>(m, "ApSum", "Average precision over pictures, as COCO has it.")
      .def(py::init<>())
      .def("add", &ApSum::Add, py::arg("truth"), py::arg("detections"))
      .def("summary", &ApSum::Summary, "(ap, ap50, ap75, small, medium, large); -1 = no truth.")
      .def("class_ap", &ApSum::ClassAp, py::arg("label"), "-1 = no truth.");
  py::class_<PixelSum>(m, "PixelSum", "Labels of pixels over frames.")
      .def(py::init<int, int>(), py::arg("classes"), py::arg("ignore_label"))
      .def("add", &PixelSum::Add, py::arg("truth"), py::arg("predicted"))
      .def("mean_iou", &PixelSum::MeanIou)
      .def("pixel_accuracy", &PixelSum::PixelAccuracy)
      .def("class_iou", &PixelSum::ClassIou, py::arg("label"), "-1 = nowhere.");
  py::class_<TaskSum>(m, "TaskSum", "A network's output on decoded features against its output on the originals.")
      .def(py::init<std::string>(), py::arg("task"))
      .def("add", &TaskSum::Add, py::arg("raw"), py::arg("best"), py::arg("reference_boxes"), py::arg("decoded_boxes"))
      .def("summary", &TaskSum::Summary, "(kl_nats, agreement, task_snr_db)");
  m.def("top_shares", &TopShares, py::arg("best_labels"), py::arg("true_labels"), "(top1, top5), 0 .. 1.");
}

}  // namespace fsc::python
