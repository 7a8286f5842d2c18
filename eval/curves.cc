#include "eval/curves.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

// The points that can lie on a curve of `metric`; those with an infinite or unknown quality cannot.
std::vector<RatePoint> RatePoints(const Curve& curve, const std::string& metric) {
  std::vector<RatePoint> out;
  for (const EvalPoint* point : curve.points) {
    if (!point->has(metric)) continue;
    const double quality = QualityOf(*point, metric);
    if (std::isfinite(quality)) out.push_back({point->value("bits_per_element"), quality});
  }
  return out;
}

BdCell CellFor(const CurveGroup& group, const Curve& anchor, const Curve& test, const std::string& metric,
               CurveFit fit) {
  BdCell cell{group.model, group.clip, test.config, metric, {}, {}, 0, {}, {}};
  Result<BdResult> bd = BjontegaardDelta(RatePoints(anchor, metric), RatePoints(test, metric), fit);
  if (!bd.ok()) {
    cell.warnings.push_back(bd.error().OneLine());
    return cell;
  }
  cell.bd_rate_percent = bd->bd_rate_percent;
  cell.bd_metric = bd->bd_metric;
  cell.overlap_of_anchor = bd->overlap_of_anchor;
  cell.warnings = bd->warnings;
  cell.notes = bd->notes;
  return cell;
}

}  // namespace

const Curve* CurveGroup::find(const std::string& config) const {
  for (const Curve& curve : curves) {
    if (curve.config == config) return &curve;
  }
  return nullptr;
}

std::vector<CurveGroup> GroupCurves(const std::vector<EvalPoint>& points) {
  std::vector<CurveGroup> groups;
  for (const EvalPoint& point : points) {
    if (!point.error.empty()) continue;
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const CurveGroup& g) { return g.model == point.model && g.clip == point.clip; });
    if (group == groups.end()) group = groups.insert(groups.end(), CurveGroup{point.model, point.clip, {}});
    auto curve = std::find_if(group->curves.begin(), group->curves.end(),
                              [&](const Curve& c) { return c.config == point.config; });
    if (curve == group->curves.end()) curve = group->curves.insert(group->curves.end(), Curve{point.config, {}});
    curve->points.push_back(&point);
  }
  for (CurveGroup& group : groups) {
    for (Curve& curve : group.curves) {
      std::stable_sort(curve.points.begin(), curve.points.end(), [](const EvalPoint* a, const EvalPoint* b) {
        return a->value("bits_per_element") < b->value("bits_per_element");
      });
    }
  }
  return groups;
}

std::vector<BdCell> BdAgainst(const std::vector<CurveGroup>& groups, const std::string& anchor,
                              const std::vector<std::string>& metrics, CurveFit fit) {
  std::vector<BdCell> cells;
  for (const CurveGroup& group : groups) {
    const Curve* base = group.find(anchor);
    if (base == nullptr) continue;
    for (const Curve& curve : group.curves) {
      if (curve.config == anchor || curve.points.size() < 2) continue;
      for (const std::string& metric : metrics) {
        const auto has = [&](const EvalPoint* point) { return point->has(metric); };
        if (std::any_of(base->points.begin(), base->points.end(), has) &&
            std::any_of(curve.points.begin(), curve.points.end(), has)) {
          cells.push_back(CellFor(group, *base, curve, metric, fit));
        }
      }
    }
  }
  return cells;
}

BdMean MeanOver(const std::vector<BdCell>& cells, const std::string& config, const std::string& metric) {
  BdMean out;
  double sum = 0;
  for (const BdCell& cell : cells) {
    if (cell.config != config || cell.metric != metric) continue;
    ++out.wanted;
    if (!cell.bd_rate_percent || !cell.warnings.empty()) continue;
    sum += *cell.bd_rate_percent;
    ++out.used;
  }
  if (out.used > 0) out.bd_rate_percent = sum / out.used;
  return out;
}

}  // namespace fsc
