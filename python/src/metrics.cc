// metrics.cc: numbers that say how good something is, from the evaluation's own code.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "eval/bd_rate.h"
#include "eval/feature_distortion.h"
#include "python/src/arrays.h"
#include "python/src/errors.h"
#include "python/src/registers.h"
#include "python/src/work.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

using Points = std::vector<std::pair<double, double>>;  // rate, metric

std::vector<RatePoint> CurveOf(const Points& points) {
  std::vector<RatePoint> curve;
  for (const auto& [rate, metric] : points) curve.push_back({rate, metric});
  return curve;
}

py::dict BdRate(const Points& anchor, const Points& test, const std::string& method) {
  const BdResult bd = Take(BjontegaardDelta(CurveOf(anchor), CurveOf(test), Take(ParseCurveFit(method))));
  py::dict fields;
  fields["bd_rate_percent"] = bd.bd_rate_percent;
  fields["bd_metric"] = bd.bd_metric;
  fields["overlap"] = py::make_tuple(bd.overlap_low, bd.overlap_high);
  fields["overlap_of_anchor"] = bd.overlap_of_anchor;
  fields["overlap_of_test"] = bd.overlap_of_test;
  fields["warnings"] = bd.warnings;
  fields["notes"] = bd.notes;
  return fields;
}

py::tuple TupleOf(const FeatureDistortion& d) {
  return py::make_tuple(d.mse, d.psnr_db, d.snr_db, d.nrmse);
}

// Original against decoded, frame by frame.
class Distortion {
 public:
  explicit Distortion(size_t layers) : sum_(layers) {}

  void Add(const py::sequence& original, const py::sequence& decoded) {
    const BorrowedLayers a(original), b(decoded);
    Check(Work(&gate_, [&]() -> Status {
      FeatureFrame first, second;
      for (const TensorView& view : a.views()) {
        FSC_ASSIGN_OR_RETURN(Tensor tensor, TensorOf(view));
        first.layers.push_back(std::move(tensor));
      }
      for (const TensorView& view : b.views()) {
        FSC_ASSIGN_OR_RETURN(Tensor tensor, TensorOf(view));
        second.layers.push_back(std::move(tensor));
      }
      return sum_.Add(first, second);
    }));
  }
  py::list Layers() const {
    py::list layers;
    for (size_t i = 0; i < sum_.layers(); ++i) layers.append(TupleOf(sum_.layer(i)));
    return layers;
  }
  py::tuple All() const { return TupleOf(sum_.AllLayers()); }

 private:
  Gate gate_;
  FrameDistortion sum_;
};

}  // namespace

void RegisterMetrics(py::module_& m) {
  m.def("bd_rate", &BdRate, py::arg("anchor"), py::arg("test"), py::arg("method"), "The fields of a BdResult.");
  py::class_<Distortion>(m, "Distortion", "Sums over frames of original against decoded.")
      .def(py::init<size_t>(), py::arg("layers"))
      .def("add", &Distortion::Add, py::arg("original"), py::arg("decoded"))
      .def("layers", &Distortion::Layers, "(mse, psnr_db, snr_db, nrmse) a layer.")
      .def("all", &Distortion::All, "The same of all layers together.");
}

}  // namespace fsc::python
