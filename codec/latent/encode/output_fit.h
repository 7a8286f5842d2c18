// output_fit.h: the encoder's choice of output tables (latent/output.h): pairs of decoded and true values are
// collected per channel, channels with like errors are put together, and what is sent is what saves more squared error
// than its bits are worth. Encoder only.
//
// Classes of channels come from repeated splitting and Lloyd's iteration (Linde, Buzo, Gray 1980), the corrections of a
// table from dynamic programming over squared error and the bits of their differences.
#ifndef FSC_CODEC_LATENT_ENCODE_OUTPUT_FIT_H_
#define FSC_CODEC_LATENT_ENCODE_OUTPUT_FIT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/latent/output.h"
#include "fsc/feature_frame.h"

namespace fsc {

// One layer.
class OutputFit {
 public:
  OutputFit() = default;
  // `unit`: of the layer's transform, > 0. `lambda`: squared steps per bit.
  OutputFit(int channels, float unit, float lambda);

  // A frame decoded at a step of `step_q4` / 16 plane units, before any table, and as it was. `low`: the smallest value
  // that the layer has shown. What was collected before counts half from now on, and nothing where the step has become
  // a quite different one.
  void Add(const Tensor& decoded, const Tensor& original, float low, int32_t step_q4);
  // What to send where `now` is in force, to be used for `frames` frames like the collected ones.
  // nullopt = nothing.
  std::optional<OutputStage> Choose(const OutputStage& now, double frames) const;

 private:
  static constexpr int kCentres = OutputStage::kMaxCentres;
  using Centres = std::array<double, kCentres>;
  // Of pairs of a decoded and a true value, by the centres next to the decoded one: normal equations of corrections
  // that are interpolated between centres. All in correction units.
  struct Errors {
    Centres sums{};      // of the error, weighted as the interpolation does
    Centres squares{};   // of the weights
    Centres products{};  // of the weights of a centre and the next one
    void Add(const Errors& other);
    // Squared error that corrections take away.
    template <class Table>
    double Saved(const Table& corrections) const;
    // Corrections of least squares, a little smaller where few pairs speak for them.
    Centres Solve() const;
  };
  using Tables = std::vector<Centres>;  // in correction units

  void SetGrid(float low, int32_t step_q4);
  double Saved(const OutputStage& stage) const;
  Errors ClassErrors(const std::vector<uint8_t>& classes, int table) const;
  // Each channel's best table; the squared error that this saves is added up.
  double Assign(const Tables& tables, std::vector<uint8_t>* classes) const;
  void Split(Tables* tables, std::vector<uint8_t>* classes) const;
  std::vector<int> Quantise(const Errors& errors, const std::vector<int>& base, double bit_cost) const;
  OutputStage Quantised(std::vector<uint8_t> classes, int tables, double bit_cost) const;

  int channels_ = 0;
  float unit_ = 1;
  float lambda_ = 0;
  int width_level_ = -1;  // none yet
  int start_ = 0;
  float low_ = OutputStage::kNoLow;
  double step_ = 0;        // feature values
  double correction_ = 0;  // feature value of one correction
  double frames_ = 0;      // collected
  double pairs_ = 0;
  double error_ = 0;            // squared, of bounded values, in squared corrections
  double saved_by_low_ = 0;     // squared corrections
  std::vector<Errors> errors_;  // [channel]
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_OUTPUT_FIT_H_
