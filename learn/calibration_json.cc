#include "learn/calibration_json.h"

#include <nlohmann/json.hpp>

namespace fsc {
namespace {

nlohmann::ordered_json JsonOf(const TaskDistortion& distortion) {
  return {
      {"kl_nats", distortion.kl_nats}, {"agreement", distortion.agreement}, {"task_snr_db", distortion.task_snr_db}};
}

nlohmann::ordered_json JsonOf(const std::vector<JudgedPoint>& points) {
  auto list = nlohmann::ordered_json::array();
  for (const JudgedPoint& p : points) {
    nlohmann::ordered_json point = {{"qp", p.qp}, {"bits_per_element", p.bits_per_element}};
    point.update(JsonOf(p.distortion));
    list.push_back(std::move(point));
  }
  return list;
}

nlohmann::ordered_json JsonOf(const char* name, const std::vector<TriedForm>& forms) {
  auto list = nlohmann::ordered_json::array();
  for (const TriedForm& form : forms) {
    list.push_back(
        {{name, form.name}, {"rate_change_percent", form.rate_change_percent}, {"points", JsonOf(form.points)}});
  }
  return list;
}

nlohmann::ordered_json JsonOf(const TrainingLoss& loss) {
  nlohmann::ordered_json json = {{"total", loss.total},
                                 {"divergence", loss.divergence},
                                 {"squared_error", loss.squared_error},
                                 {"feature", loss.feature},
                                 {"rate", loss.rate}};
  if (loss.backs.size() > 1) json["backs"] = loss.backs;
  return json;
}

// With several models: what each of their backs makes of the same planes.
nlohmann::ordered_json JsonOfBacks(const CalibrationOutcome& out) {
  auto list = nlohmann::ordered_json::array();
  for (size_t back = 0; back < out.judged.size(); ++back) {
    list.push_back({{"model", out.judged[back]},
                    {"uncoded", JsonOf(out.uncoded[back])},
                    {"with_profile", JsonOf(OfBack(out.curve, back))},
                    {"without", JsonOf(OfBack(out.plain, back))}});
  }
  return list;
}

}  // namespace

std::string CalibrationJson(const CalibrationOutcome& out, const std::string& output,
                            const nlohmann::ordered_json& warnings) {
  nlohmann::ordered_json summary = {{"output", output},
                                    {"kind", out.profile.kind},
                                    {"models", out.models},
                                    {"bytes", out.file.size()},
                                    {"decoder_bytes", out.profile.decoder_bytes.size()},
                                    {"planes", out.plane_variance.size()},
                                    {"training_frames", out.training_frames},
                                    {"held_back_frames", out.held_back_frames},
                                    {"distinct_frames", out.distinct_frames}};
  const PartFit& fit = out.profile.fit[0];
  summary["fit"] = {{"lost_share", fit.lost_share}, {"worst_lost_share", fit.worst_lost_share}};
  auto drops = nlohmann::ordered_json::array();
  for (const DropPoint& point : out.profile.drop_curve) {
    drops.push_back({{"preset", point.preset}, {"qp", point.qp}, {"drop_percent", point.drop_percent}});
  }
  summary["drop_curve"] = drops;
  if (!out.training.empty()) {
    summary["steps"] = out.training.size();
    summary["start"] = JsonOf(out.start_loss);
    summary["best"] = JsonOf(out.best_loss);
    const std::vector<double>& weights = out.training.back().loss.weights;
    if (!weights.empty()) summary["weights"] = weights;
  }
  if (!out.tried.empty()) summary["tried"] = JsonOf("form", out.tried);
  if (!out.tried_maps.empty()) {
    summary["task_map"] = {{"explained", out.map_explained},
                           {"used", !out.profile.parts[0].task_map.main.empty()},
                           {"tried", JsonOf("exponent", out.tried_maps)}};
  }
  if (!out.uncoded.empty()) summary["uncoded"] = JsonOf(WorstOf(out.uncoded));
  summary["with_profile"] = JsonOf(out.curve);
  summary["without"] = JsonOf(out.plain);
  if (out.models.size() > 1) summary["backs"] = JsonOfBacks(out);
  summary["warnings"] = warnings;
  return summary.dump(2);
}

}  // namespace fsc
