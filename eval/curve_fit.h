// curve_fit.h: three ways to draw a curve through a few measured points, and its integral. For Bjontegaard deltas.
//
// The cubic is the least-squares polynomial of degree 3 (the field's; through the points when there are four). Akima's
// and the PCHIP interpolants go through every point; PCHIP never overshoots. Sources: H. Akima, J. ACM 17 (1970); F. N.
// Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984), with the three-point end slopes of C. Moler's "Numerical
// Computing", ch. 3.
#ifndef FSC_EVAL_CURVE_FIT_H_
#define FSC_EVAL_CURVE_FIT_H_

#include <array>
#include <span>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

enum class CurveFit { kCubic, kAkima, kPchip };

std::string CurveFitName(CurveFit fit);
// "cubic", "akima", "pchip"; kUsage for anything else.
Result<CurveFit> ParseCurveFit(const std::string& name);

// y as a function of x over [min_x, max_x] of the points it was made from. Copies what it needs.
class FittedCurve {
 public:
  // `x` strictly increasing and finite, as long as `y`; at least 4 points for kCubic, 2 for the others. kUsage
  // otherwise.
  static Result<FittedCurve> Fit(CurveFit fit, std::span<const double> x, std::span<const double> y);

  double min_x() const { return knots_.front(); }
  double max_x() const { return knots_.back(); }
  // x is clamped to the range.
  double Value(double x) const;
  // Integral of y over [from, to], both clamped to the range; from <= to.
  double Integral(double from, double to) const;
  // False when the curve turns anywhere in [from, to] (sampled 200 times).
  bool MonotonicOver(double from, double to) const;

 private:
  // Piece i: sum of c[k] * t^k with t = (x - origin_[i]) / scale_[i], over [knots_[i], knots_[i + 1]].
  std::vector<double> knots_;
  std::vector<double> origin_;
  std::vector<double> scale_;
  std::vector<std::array<double, 4>> pieces_;
};

}  // namespace fsc

#endif  // FSC_EVAL_CURVE_FIT_H_
