#include "motion/motion_syntax.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <type_traits>
#include <vector>

#include "motion/motion_prediction.h"

namespace fsc {
namespace {

constexpr int kMaxDifference = 2 * kMaxVectorQpel;  // of a vector to its base
constexpr int kShiftOrder = 6;                      // Golomb orders of the affine model's numbers
constexpr int kLinearOrder = 5;

uint32_t ZigZag(int value) {
  return value < 0 ? uint32_t(-value) * 2 - 1 : uint32_t(value) * 2;
}
int UnZigZag(uint32_t code) {
  return code & 1 ? -int((code + 1) / 2) : int(code / 2);
}

// The three coders that one visit runs with. Each takes the value to write and returns the value now known to both
// sides.
struct Writer {
  static constexpr bool kReads = false;
  RangeEncoder* out;
  bool Bit(BitModel& model, bool value) {
    out->Bit(model, value);
    return value;
  }
  uint32_t Bypass(uint32_t value, int count) {
    out->Bypass(value, count);
    return value;
  }
  uint32_t Golomb(uint32_t value, int k) {
    out->Golomb(value, k);
    return value;
  }
  bool overrun() const { return false; }
};

struct Reader {
  static constexpr bool kReads = true;
  RangeDecoder* in;
  bool Bit(BitModel& model, bool) { return in->Bit(model); }
  uint32_t Bypass(uint32_t, int count) { return in->Bypass(count); }
  uint32_t Golomb(uint32_t, int k) { return in->Golomb(k); }
  bool overrun() const { return in->overrun(); }
};

struct Counter {
  static constexpr bool kReads = false;
  uint64_t bits256 = 0;
  bool Bit(BitModel& model, bool value) {
    bits256 += BitCost256(model, value);
    model.Update(value);
    return value;
  }
  uint32_t Bypass(uint32_t value, int count) {
    bits256 += uint64_t(count) * 256;
    return value;
  }
  uint32_t Golomb(uint32_t value, int k) {
    const int length = std::bit_width((value >> k) + 1);
    bits256 += uint64_t(2 * length - 1 + k) * 256;
    return value;
  }
  bool overrun() const { return false; }
};

// The one description of the syntax. A reader fills the field, the others leave it alone.
template <class Coder>
class FieldVisit {
 public:
  using Field = std::conditional_t<Coder::kReads, MotionField, const MotionField>;

  FieldVisit(Coder coder, Field* field, const MotionHint& hint, MotionContexts* contexts)
      : coder_(coder), field_(*field), hint_(hint), contexts_(*contexts), geometry_(field->geometry()) {}

  Status Visit() {
    if (!coder_.Bit(contexts_.any, !Coder::kReads && !IsPlainZero())) return {};
    VisitPrecision();
    FSC_RETURN_IF_ERROR(VisitBase());
    leaves_x_ = geometry_.leaves_x();
    base_ = BaseVectors(geometry_, field_.base, field_.global, hint_, precision_qpel_);
    differences_ = DifferenceGrid(leaves_x_, geometry_.leaves_y());
    moved_.resize(base_.size());
    split_.resize(size_t(geometry_.blocks_x()) * geometry_.blocks_y());
    for (int block_y = 0; block_y < geometry_.blocks_y(); ++block_y) {
      for (int block_x = 0; block_x < geometry_.blocks_x(); ++block_x)
        FSC_RETURN_IF_ERROR(VisitBlock(block_x, block_y));
      if (coder_.overrun()) return BadInput("motion field ends early", "", "the stream is damaged");
    }
    return {};
  }

  Coder& coder() { return coder_; }

 private:
  bool IsPlainZero() const { return field_.base == MotionBaseKind::kZero && field_.AllZero(); }

  void VisitPrecision() {
    const bool coarse = coder_.Bit(contexts_.precision[0], field_.precision_qpel > 1);
    const bool whole = coarse && coder_.Bit(contexts_.precision[1], field_.precision_qpel == 4);
    precision_qpel_ = whole ? 4 : (coarse ? 2 : 1);
    if constexpr (Coder::kReads) field_.precision_qpel = precision_qpel_;
  }

  Status VisitBase() {
    const bool based = coder_.Bit(contexts_.base[0], field_.base != MotionBaseKind::kZero);
    if (!based) return {};
    const bool is_hint = coder_.Bit(contexts_.base[1], field_.base == MotionBaseKind::kHint);
    if constexpr (Coder::kReads) field_.base = is_hint ? MotionBaseKind::kHint : MotionBaseKind::kGlobal;
    if (is_hint) {
      if (hint_.field == nullptr) return BadInput("motion field is based on a field that is not there", "", "damaged");
      return {};
    }
    auto& global = field_.global;
    for (auto* shift : {&global.shift_x, &global.shift_y}) {
      FSC_RETURN_IF_ERROR(VisitParameter(shift, kShiftOrder, GlobalMotion::kMaxShift));
    }
    for (auto* linear : {&global.xx, &global.xy, &global.yx, &global.yy}) {
      FSC_RETURN_IF_ERROR(VisitParameter(linear, kLinearOrder, GlobalMotion::kMaxLinear));
    }
    return {};
  }

  template <class Integer>
  Status VisitParameter(Integer* value, int order, int32_t largest) {
    const int32_t known = UnZigZag(coder_.Golomb(ZigZag(*value), order));
    if constexpr (Coder::kReads) *value = known;
    if (std::abs(known) > largest) return BadInput("global motion out of range", "", "the stream is damaged");
    return {};
  }

  Status VisitBlock(int block_x, int block_y) {
    const int first_x = 2 * block_x;
    const int first_y = 2 * block_y;
    const int end_x = std::min(first_x + 2, leaves_x_);
    const int end_y = std::min(first_y + 2, geometry_.leaves_y());
    const bool single = end_x - first_x == 1 && end_y - first_y == 1;
    bool split = false;
    const size_t block = size_t(block_y) * geometry_.blocks_x() + block_x;
    if (!single) {
      const int context = (block_x > 0 && split_[block - 1]) + (block_y > 0 && split_[block - geometry_.blocks_x()]);
      const bool wanted =
          !Coder::kReads && (field_.split(block_x, block_y) || !SharesDifference(first_x, first_y, end_x, end_y));
      split = coder_.Bit(contexts_.split[context], wanted);
    }
    split_[block] = split;
    if constexpr (Coder::kReads) field_.set_split(block_x, block_y, split);
    if (!split) return VisitUnit(first_x, first_y, end_x, end_y, 2, nullptr);
    for (int y = first_y; y < end_y; ++y) {
      for (int x = first_x; x < end_x; ++x) {
        BitModel& moved = contexts_.moved_leaf[x != first_x || y != first_y];
        FSC_RETURN_IF_ERROR(VisitUnit(x, y, x + 1, y + 1, 1, &moved));
      }
    }
    return {};
  }

  // One coded difference, shared by the leaves [first_x, end_x) x [first_y, end_y). `size` in leaves: 2 or 1.
  Status VisitUnit(int first_x, int first_y, int end_x, int end_y, int size, BitModel* moved_model) {
    const MotionDifference prediction = differences_.Predict(first_x, first_y, size);
    MotionDifference difference = prediction;
    if (!Coder::kReads) difference = DifferenceAt(first_x, first_y);
    if (moved_model == nullptr) moved_model = &contexts_.moved[MovedNeighbours(first_x, first_y)];
    const bool moved = coder_.Bit(*moved_model, difference != prediction);
    if (moved) {
      const int activity = Activity(first_x, first_y);
      const int dx = VisitComponent(difference.dx - prediction.dx, 0, activity, false);
      const int dy = VisitComponent(difference.dy - prediction.dy, 1, activity, dx == 0);
      difference = {prediction.dx + dx, prediction.dy + dy};
      if (std::max(std::abs(difference.dx), std::abs(difference.dy)) > kMaxDifference / precision_qpel_) {
        return BadInput("motion vector out of range", "", "the stream is damaged");
      }
    }
    for (int y = first_y; y < end_y; ++y) {
      for (int x = first_x; x < end_x; ++x) {
        const size_t index = size_t(y) * leaves_x_ + x;
        differences_.Set(x, y, difference);
        moved_[index] = moved;
        if constexpr (Coder::kReads) {
          field_.leaf(x, y) = Moved(base_[index], difference);
        }
      }
    }
    return {};
  }

  // `nonzero`: known not to be zero, because the other component is and the unit has moved.
  int VisitComponent(int value, int component, int activity, bool nonzero) {
    if (!nonzero) {
      const int which = component == 0 ? 0 : 1;
      if (coder_.Bit(contexts_.zero[activity][which], value == 0)) return 0;
    }
    const uint32_t magnitude = uint32_t(std::abs(value)) - 1;
    auto& length_models = contexts_.length[component];
    const int length = value == 0 ? 0 : std::bit_width(magnitude + 1) - 1;
    int coded = 0;
    while (coded < int(length_models.size()) - 1 && coder_.Bit(length_models[coded], coded < length)) ++coded;
    const uint32_t low = coder_.Bypass(magnitude + 1 - (1u << coded), coded);
    const int result = int((1u << coded) + low);
    return coder_.Bit(contexts_.sign[component], value < 0) ? -result : result;
  }

  // Differences count in units of the precision.
  MotionDifference DifferenceAt(int x, int y) const {
    const MotionVector v = field_.leaf(x, y);
    const MotionVector b = base_[size_t(y) * leaves_x_ + x];
    return {(v.dx_qpel - b.dx_qpel) / precision_qpel_, (v.dy_qpel - b.dy_qpel) / precision_qpel_};
  }

  MotionVector Moved(MotionVector base, MotionDifference difference) const {
    return ClampVector(base.dx_qpel + precision_qpel_ * difference.dx, base.dy_qpel + precision_qpel_ * difference.dy,
                       precision_qpel_);
  }

  bool SharesDifference(int first_x, int first_y, int end_x, int end_y) const {
    const MotionDifference shared = DifferenceAt(first_x, first_y);
    for (int y = first_y; y < end_y; ++y) {
      for (int x = first_x; x < end_x; ++x) {
        const MotionVector b = base_[size_t(y) * leaves_x_ + x];
        if (Moved(b, shared) != field_.leaf(x, y)) return false;
      }
    }
    return true;
  }

  int MovedNeighbours(int x, int y) const {
    return (x > 0 && moved_[size_t(y) * leaves_x_ + x - 1]) + (y > 0 && moved_[size_t(y - 1) * leaves_x_ + x]);
  }

  // How much the left and upper neighbours disagree: 0 not at all, 1 a little, 2 more.
  int Activity(int x, int y) const {
    if (x == 0 || y == 0) return 1;
    const MotionDifference a = differences_.At(x - 1, y);
    const MotionDifference b = differences_.At(x, y - 1);
    const int distance = std::abs(a.dx - b.dx) + std::abs(a.dy - b.dy);
    return distance == 0 ? 0 : (distance <= 4 ? 1 : 2);
  }

  Coder coder_;
  Field& field_;
  const MotionHint& hint_;
  MotionContexts& contexts_;
  const MotionGeometry geometry_;
  int leaves_x_ = 0;
  int precision_qpel_ = 1;
  std::vector<MotionVector> base_;
  DifferenceGrid differences_;
  std::vector<uint8_t> moved_;  // of each leaf: its unit differed from the prediction
  std::vector<uint8_t> split_;  // of each block, as coded: a writer may have to split what the field does not
};

}  // namespace

void WriteMotionField(const MotionField& field, const MotionHint& hint, MotionContexts* contexts, RangeEncoder* out) {
  const Status status = FieldVisit<Writer>({out}, &field, hint, contexts).Visit();
  (void)status;  // only what is read can be out of range
}

Result<MotionField> ReadMotionField(const MotionGeometry& geometry, const MotionHint& hint, MotionContexts* contexts,
                                    RangeDecoder* in) {
  MotionField field(geometry);
  FSC_RETURN_IF_ERROR(FieldVisit<Reader>({in}, &field, hint, contexts).Visit());
  return field;
}

uint64_t MotionFieldBits256(const MotionField& field, const MotionHint& hint, const MotionContexts& contexts) {
  MotionContexts scratch = contexts;
  FieldVisit<Counter> visit({}, &field, hint, &scratch);
  const Status status = visit.Visit();
  (void)status;
  return visit.coder().bits256;
}

}  // namespace fsc
