#include "tools/profile_info.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "streams/digest.h"

namespace fsc::tools {
namespace {

using nlohmann::ordered_json;

ordered_json ToJson(const Profile& profile, const std::string& path) {
  ordered_json json = {{"file", path},
                       {"kind", profile.kind},
                       {"model", profile.model_id},
                       {"sha256", HexText(profile.decoder_sha256)},
                       {"decoder_bytes", profile.decoder_bytes.size()}};
  if (profile.model_sha256 != Sha256{}) json["model_sha256"] = HexText(profile.model_sha256);
  json["parts"] = ordered_json::array();
  for (const ReducedPart& part : profile.parts) {
    ordered_json sources = ordered_json::array();
    for (const ReducedPart::Source& source : part.sources) {
      const LayerSpec& layer = profile.layers[size_t(source.layer)];
      sources.push_back(
          {{"layer", layer.name}, {"channels", layer.channels}, {"stride_px", layer.stride_px}, {"fold", source.fold}});
    }
    json["parts"].push_back(
        {{"planes", part.reducer.outputs()}, {"from", sources}, {"task_map", !part.task_map.main.empty()}});
  }
  json["fit"] = FitJson(profile.fit);
  json["drop_curve"] = ordered_json::array();
  for (const DropPoint& point : profile.drop_curve) {
    json["drop_curve"].push_back(
        {{"mode", point.mode}, {"preset", point.preset}, {"qp", point.qp}, {"drop_percent", point.drop_percent}});
  }
  return json;
}

void PrintText(const ordered_json& json) {
  const std::string model = json["model"];
  fmt::print("profile      {}, {} bytes in a stream, SHA-256 {}\n", json["kind"].get<std::string>(),
             json["decoder_bytes"].get<size_t>(), json["sha256"].get<std::string>());
  fmt::print("model        {}\n", model.empty() ? "any back of its front" : model);
  for (const auto& part : json["parts"]) {
    std::string from;
    for (const auto& source : part["from"]) {
      from +=
          fmt::format("{}{} ({} channels, stride {} px)", from.empty() ? "" : " + ", source["layer"].get<std::string>(),
                      source["channels"].get<int>(), source["stride_px"].get<int>());
    }
    fmt::print("part         {} planes from {}{}\n", part["planes"].get<int>(), from,
               part["task_map"].get<bool>() ? ", with a task map" : "");
  }
  PrintFit(json["fit"]);
  if (json["drop_curve"].empty()) fmt::print("drop         nothing is promised\n");
  for (const auto& point : json["drop_curve"]) {
    const std::string preset = point["preset"];
    fmt::print("drop         {:5.2f} % at QP {:2}, {}{}\n", point["drop_percent"].get<double>(), point["qp"].get<int>(),
               point["mode"].get<std::string>(), preset.empty() ? "" : " " + preset);
  }
}

}  // namespace

bool IsProfileFile(const std::string& path) {
  char start[4] = {};
  std::ifstream file(path, std::ios::binary);
  return path != "-" && file.read(start, sizeof start) &&
         std::memcmp(start,
                     "\x89"
                     "FSP",
                     sizeof start) == 0;
}

Status ProfileInfo(const std::string& path, bool json, bool quiet) {
  FSC_ASSIGN_OR_RETURN(const Profile profile, ReadProfileFile(path, Limits{}));
  const ordered_json info = ToJson(profile, path);
  if (json) {
    fmt::print("{}\n", info.dump(2));
  } else if (!quiet) {
    PrintText(info);
  }
  return {};
}

ordered_json FitJson(std::span<const PartFit> fit) {
  if (fit.empty()) return nullptr;
  ordered_json json = ordered_json::array();
  for (const PartFit& part : fit) {
    json.push_back({{"lost_share", part.lost_share}, {"worst_lost_share", part.worst_lost_share}});
  }
  return json;
}

void PrintFit(const ordered_json& fit) {
  if (fit.is_null()) fmt::print("fit          unknown\n");
  for (const auto& part : fit) {
    fmt::print(
        "fit          the reduction alone lost {:.3g} % of the features' energy at calibration, {:.3g} % in the "
        "worst frame\n",
        100 * part["lost_share"].get<double>(), 100 * part["worst_lost_share"].get<double>());
  }
}

}  // namespace fsc::tools
