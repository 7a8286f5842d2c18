#include "codec/latent/encode/channel_transform_fit.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "codec/latent/transform.h"

namespace fsc {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kMaxKltChannels = 768;     // eigenvectors take O(C^3)
constexpr int64_t kMaxFitCells = 16384;  // cells that the covariance is measured on
constexpr int kSigmaLog2 = 8;
constexpr int64_t kFewSamples = 64;
// The costs below are those of Gaussian planes, which at coarse steps have nothing to code; features have peaks that
// are still coded. So the kinds are compared at no coarser a step than this qp's.
constexpr int kCoarsestComparedQp = 54;
constexpr double kMaxUsedLevel = 24000;  // of int16, in the fitted frames
// Principal components of fewer samples than this many times the channels are those of the samples, and not of what
// comes after them.
constexpr int kSamplesPerChannel = 4;
constexpr double kLeastSteps = 0.14;  // of a row's deviation: below it is left out
constexpr double kBitsOfStep = 1.3;   // of a Gaussian value of one step's deviation with a sixth of its square as error
constexpr int kManySamplesPerChannel = 8;  // .. and that many leave out nothing that will count
constexpr int kFewestCompleteBits = 6;     // of a row where none is left out: they have to span all channels

struct Statistics {
  std::vector<double> mean;      // [C]
  std::vector<double> variance;  // [C]
  std::vector<double> lowest;    // [C]
  std::vector<double> highest;   // [C]
  double sigma = 0;              // of a whole layer: root mean variance; within frames, where they have enough cells
  double spread = 0;             // of a whole layer: root mean square
  int64_t samples = 0;           // values per channel
};

Statistics Measure(std::span<const Tensor* const> frames) {
  const int channels = frames[0]->channels();
  Statistics statistics;
  statistics.mean.resize(channels);
  statistics.variance.resize(channels);
  statistics.lowest.resize(channels);
  statistics.highest.resize(channels);
  double total = 0;
  double power = 0;
  const bool many_cells = int64_t(frames[0]->plane(0).size()) >= kFewSamples;
  for (int c = 0; c < channels; ++c) {
    double sum = 0;
    double squares = 0;
    double between = 0;  // frames: what their means add to the squares
    double lowest = frames[0]->plane(c)[0];
    double highest = lowest;
    int64_t count = 0;
    for (const Tensor* frame : frames) {
      double frame_sum = 0;
      for (const float x : frame->plane(c)) {
        frame_sum += x;
        squares += double{x} * x;
        lowest = std::min(lowest, double{x});
        highest = std::max(highest, double{x});
      }
      sum += frame_sum;
      between += frame_sum * frame_sum / double(frame->plane(c).size());
      count += int64_t(frame->plane(c).size());
    }
    statistics.mean[c] = sum / count;
    statistics.variance[c] = std::max(0.0, squares / count - statistics.mean[c] * statistics.mean[c]);
    statistics.lowest[c] = lowest;
    statistics.highest[c] = highest;
    total += many_cells ? std::max(0.0, (squares - between) / count) : statistics.variance[c];
    power += squares / count;
    statistics.samples = count;
  }
  statistics.spread = std::sqrt(power / channels);
  statistics.sigma = std::sqrt(total / channels);
  return statistics;
}

// C x cells, means removed.
RowMajor Samples(std::span<const Tensor* const> frames, const std::vector<double>& mean) {
  const int channels = frames[0]->channels();
  const int64_t cells = int64_t(frames[0]->plane(0).size());
  const int64_t all = cells * int64_t(frames.size());
  const int64_t step = std::max<int64_t>(1, all / kMaxFitCells) | 1;  // odd: walks over all columns
  RowMajor samples(channels, (all + step - 1) / step);
  for (int c = 0; c < channels; ++c) {
    for (int64_t i = 0, n = 0; i < all; i += step, ++n) {
      samples(c, n) = float(frames[i / cells]->plane(c)[i % cells] - mean[c]);
    }
  }
  return samples;
}

// Lagrangian cost per cell of coding planes of these variances with error `distortion` each (reverse water-filling).
double CostPerCell(std::span<const double> variances, double distortion) {
  double cost = 0;
  for (const double variance : variances) {
    cost += variance <= distortion ? variance : distortion * (1 + std::log(variance / distortion));
  }
  return cost;
}

uint8_t PlaneScaleLevel(double deviation_units) {
  const double level = 4 * (std::log2(std::max(deviation_units, 1e-9)) + 4);
  return uint8_t(std::clamp(std::lround(level), 0L, long{ChannelTransform::kMaxPlaneScale}));
}

// `step`: of the quantiser. A 64th of it is plenty, and keeps the levels short; where it is small, a 64th of a standard
// deviation.
void SetMeans(const std::vector<double>& mean, double step, ChannelTransform* transform) {
  double largest = 0;
  for (const double m : mean) largest = std::max(largest, std::fabs(m));
  const double fine = std::max(transform->unit * std::ldexp(1.0, transform->sigma_log2), step) / 64;
  transform->mean_unit = float(std::min(std::max(fine, largest / 32000), double{ChannelTransform::kMaxUnit}));
  transform->mean_levels.clear();
  for (const double m : mean) {
    transform->mean_levels.push_back(int16_t(std::lround(std::clamp(m / transform->mean_unit, -32767.0, 32767.0))));
  }
}

void SetUnit(double sigma, double largest, ChannelTransform* transform) {
  transform->sigma_log2 = kSigmaLog2;
  while (transform->sigma_log2 > 0 && largest / sigma * std::ldexp(1.0, transform->sigma_log2) > kMaxUsedLevel) {
    --transform->sigma_log2;
  }
  transform->unit = float(sigma / std::ldexp(1.0, transform->sigma_log2));
}

// What steps go by. A handful of values, or frames that do not move, say little about those to come: then the size of
// the values counts.
double UsedDeviation(const Statistics& statistics) {
  const double trusted = statistics.samples < kFewSamples ? 0.5 : 0.002;
  const double sigma = std::max(statistics.sigma, trusted * statistics.spread);
  return sigma <= 0 ? 1 : std::clamp(sigma, 1e-20, 1e25);
}

ChannelTransform Identity(const Statistics& statistics, double step) {
  ChannelTransform transform;
  transform.channels = transform.planes = int(statistics.mean.size());
  double largest = 0;
  for (size_t c = 0; c < statistics.mean.size(); ++c) {
    const double mean = statistics.mean[c];
    largest = std::max({largest, statistics.highest[c] - mean, mean - statistics.lowest[c]});
  }
  const double sigma = UsedDeviation(statistics);
  SetUnit(sigma, largest, &transform);
  SetMeans(statistics.mean, step, &transform);
  for (const double variance : statistics.variance) {
    transform.plane_scale.push_back(PlaneScaleLevel(std::sqrt(variance) / transform.unit));
  }
  return transform;
}

// What few samples say of how channels go together is mostly chance.
void ShrinkToDiagonal(double samples, Eigen::MatrixXd* covariance) {
  const double kept = samples / (samples + double(covariance->rows()));
  const Eigen::VectorXd diagonal = covariance->diagonal();
  *covariance *= kept;
  covariance->diagonal() = diagonal;
}

// Bits that the matrix takes, roughly: entries of a row are about normal with deviation 1 / sqrt(C).
double MatrixBits(const std::vector<uint8_t>& row_bits, int channels) {
  double bits = 0;
  for (const uint8_t b : row_bits) bits += channels * std::max(0.5, b - 0.5 * std::log2(double(channels)) + 2.05);
  return bits;
}

// Whether to leave out no row: what comes may go where these samples did not, the more so the fewer they are, and rows
// may take few bits in comparison with a frame.
bool AffordsEveryRow(std::span<const double> variances, double step, double cells_of_frame, double samples) {
  const auto channels = double(variances.size());
  if (samples >= kManySamplesPerChannel * channels) return false;
  double frame_bits = 0;
  std::vector<uint8_t> left_out;  // bits of such rows
  for (const double variance : variances) {
    const double deviation = std::sqrt(variance);
    if (deviation < kLeastSteps * step) left_out.push_back(kFewestCompleteBits);
    frame_bits += cells_of_frame * std::max(0.0, std::log2(deviation / step) + kBitsOfStep);
  }
  return MatrixBits(left_out, int(channels)) <= channels / samples * frame_bits;
}

// Planes that are the values themselves less a whole number, where all values are whole numbers and their differences
// fit into 16 bits; nullopt otherwise.
std::optional<ChannelTransform> WholeNumbers(std::span<const Tensor* const> frames, const Statistics& statistics) {
  constexpr double kMostExact = 1 << 24;  // whole numbers that are floats
  for (const Tensor* frame : frames) {
    for (const float x : frame->values()) {
      if (x != std::floor(x)) return std::nullopt;
    }
  }
  ChannelTransform transform;
  transform.channels = transform.planes = int(statistics.mean.size());
  transform.unit = 1;
  for (const double variance : statistics.variance)
    transform.plane_scale.push_back(PlaneScaleLevel(std::sqrt(variance)));
  for (double mean_unit = 1; mean_unit <= 512; mean_unit *= 2) {
    transform.mean_unit = float(mean_unit);
    transform.mean_levels.clear();
    for (int c = 0; c < transform.channels; ++c) {
      const double level = std::ceil((statistics.highest[c] - INT16_MAX) / mean_unit);
      const double nearest = std::round(statistics.mean[c] / mean_unit);
      // As near to the mean as the largest and smallest values let it be.
      const double most = std::floor((statistics.lowest[c] - INT16_MIN) / mean_unit);
      if (level > most) break;
      const double chosen = std::clamp(nearest, level, most);
      if (std::fabs(chosen) > INT16_MAX) break;
      transform.mean_levels.push_back(int16_t(chosen));
    }
    const bool exact = std::max(std::fabs(*std::ranges::max_element(statistics.highest)),
                                std::fabs(*std::ranges::min_element(statistics.lowest))) <= kMostExact;
    if (exact && int(transform.mean_levels.size()) == transform.channels) return transform;
  }
  return std::nullopt;
}

}  // namespace

std::vector<float> LeastSquaresAnalysis(std::span<const float> rows, int planes, int channels) {
  const Eigen::Map<const RowMajor> b(rows.data(), planes, channels);
  Eigen::MatrixXd gram = (b.cast<double>() * b.cast<double>().transpose());
  gram.diagonal().array() += 1e-6;  // rows that quantised to nothing
  const Eigen::MatrixXd solved = gram.ldlt().solve(b.cast<double>());
  std::vector<float> result(size_t(planes) * channels);
  Eigen::Map<RowMajor>(result.data(), planes, channels) = solved.cast<float>();
  return result;
}

ChannelTransform FitChannelTransform(std::span<const Tensor* const> frames, const TransformFitOptions& options) {
  Statistics statistics = Measure(frames);
  if (options.lossless) {
    if (std::optional<ChannelTransform> exact = WholeNumbers(frames, statistics)) return *std::move(exact);
  }
  if (!options.lossless) {
    statistics.sigma *= options.step_scale;
    statistics.spread *= options.step_scale;
  }
  const double sigma = UsedDeviation(statistics);
  // Constants are all mean, and come back as exactly as they can.
  const double step = statistics.sigma <= 0 ? 0
                      : options.lossless    ? sigma / 256
                                            : sigma * std::exp2((options.qp - kUnitQp) / 6.0);
  ChannelTransform identity = Identity(statistics, step);
  const int channels = identity.channels;
  if (options.kind == LatentTransform::kIdentity || channels < 2 || channels > kMaxKltChannels ||
      statistics.sigma <= 0) {
    return identity;
  }
  const bool few_samples = statistics.samples < int64_t{kSamplesPerChannel} * channels;
  if (options.kind == LatentTransform::kAuto && few_samples) return identity;
  const RowMajor samples = Samples(frames, statistics.mean);
  Eigen::MatrixXd covariance =
      ((samples * samples.transpose()) / float(std::max<int64_t>(1, samples.cols()))).cast<double>();
  if (!covariance.allFinite()) return identity;  // values so large that their squares are not floats
  if (few_samples) ShrinkToDiagonal(double(statistics.samples), &covariance);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  if (solver.info() != Eigen::Success) return identity;

  std::vector<double> variances;  // falling
  for (int k = channels - 1; k >= 0; --k) variances.push_back(std::max(0.0, solver.eigenvalues()[k]));

  const bool every_row = options.every_row || few_samples ||
                         (!options.lossless && AffordsEveryRow(variances, step, double(frames[0]->plane(0).size()),
                                                               double(statistics.samples)));

  ChannelTransform klt;
  klt.channels = channels;
  klt.identity = false;
  for (int k = 0; k < channels; ++k) {
    const double deviation = std::max(std::sqrt(variances[k]), every_row ? kLeastSteps * step : 0.0);
    if (k > 0 && deviation < kLeastSteps * step && !every_row) break;
    const double delta = std::sqrt(0.04 / channels) * step / std::max(deviation, 1e-12);
    const int bits = std::clamp(int(std::ceil(-std::log2(delta))), every_row ? kFewestCompleteBits : 3,
                                ChannelTransform::kMaxRowBits);
    klt.row_bits.push_back(uint8_t(bits));
    const Eigen::VectorXd row = solver.eigenvectors().col(channels - 1 - k);
    for (int c = 0; c < channels; ++c) {
      klt.row_levels.push_back(int16_t(std::lround(row[c] * std::ldexp(1.0, bits))));
    }
  }
  klt.planes = int(klt.row_bits.size());

  const double compared = std::min(step, sigma * std::exp2((kCoarsestComparedQp - kUnitQp) / 6.0));
  const double distortion = compared * compared / 6;
  const double cells = double(frames[0]->plane(0).size()) * options.expected_frames;
  const double identity_cost = CostPerCell(statistics.variance, distortion);
  const double klt_cost =
      CostPerCell(variances, distortion) + 2 * std::log(2.0) * distortion * MatrixBits(klt.row_bits, channels) / cells;
  if (options.kind == LatentTransform::kAuto && klt_cost > 0.97 * identity_cost) return identity;

  double largest = 0;
  for (int k = 0; k < klt.planes; ++k) {
    const Eigen::VectorXf row = solver.eigenvectors().col(channels - 1 - k).cast<float>();
    largest = std::max(largest, double((row.transpose() * samples).cwiseAbs().maxCoeff()));
  }
  SetUnit(sigma, largest, &klt);
  SetMeans(statistics.mean, step, &klt);
  for (int k = 0; k < klt.planes; ++k) klt.plane_scale.push_back(PlaneScaleLevel(std::sqrt(variances[k]) / klt.unit));
  return klt;
}

}  // namespace fsc
