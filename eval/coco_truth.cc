#include "eval/coco_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace fsc {
namespace {

using nlohmann::json;

// The label of each category's id.
std::map<int64_t, int> LabelsOf(const json& categories, const std::vector<std::string>& class_names) {
  std::map<int64_t, std::string> names;
  for (const json& category : categories) names[category.at("id").get<int64_t>()] = category.value("name", "");
  const auto place = [&](const std::string& name) {
    return std::find(class_names.begin(), class_names.end(), name) - class_names.begin();
  };
  const bool by_name = !class_names.empty() && std::all_of(names.begin(), names.end(), [&](const auto& category) {
    return place(category.second) < ptrdiff_t(class_names.size());
  });
  std::map<int64_t, int> labels;
  for (const auto& [id, name] : names) {
    const int next = int(labels.size());
    labels[id] = by_name ? int(place(name)) : next;
  }
  return labels;
}

}  // namespace

Result<std::map<std::string, std::vector<TrueBox>>> ReadCocoBoxes(const std::string& path,
                                                                  const std::vector<std::string>& class_names) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) return IoError("cannot read the labels", path);
  std::map<std::string, std::vector<TrueBox>> boxes;
  try {
    const json coco = json::parse(text);
    const std::map<int64_t, int> labels = LabelsOf(coco.at("categories"), class_names);
    struct Picture {
      std::string name;
      double width_px = 0, height_px = 0;
    };
    std::map<int64_t, Picture> pictures;
    for (const json& image : coco.at("images")) {
      const std::string name = std::filesystem::path(image.at("file_name").get<std::string>()).filename().string();
      const Picture picture{name, image.at("width").get<double>(), image.at("height").get<double>()};
      if (!(picture.width_px > 0) || !(picture.height_px > 0))
        return BadInput("picture without a size", path + ", " + name);
      pictures[image.at("id").get<int64_t>()] = picture;
      boxes[name];
    }
    size_t number = 0;
    for (const json& annotation : coco.at("annotations")) {
      const std::string where = fmt::format("{}, annotations[{}]", path, number++);
      const auto picture = pictures.find(annotation.at("image_id").get<int64_t>());
      const auto label = labels.find(annotation.at("category_id").get<int64_t>());
      if (picture == pictures.end()) return BadInput("annotation of a picture that is not listed", where);
      if (label == labels.end()) return BadInput("annotation of a category that is not listed", where);
      const std::vector<double> box = annotation.at("bbox").get<std::vector<double>>();
      const bool finite = std::all_of(box.begin(), box.end(), [](double value) { return std::isfinite(value); });
      if (box.size() != 4 || !finite) return BadInput("bbox is not x, y, width, height", where);
      const auto& [name, width, height] = picture->second;
      TrueBox truth{float(box[0] / width), float(box[1] / height), float((box[0] + box[2]) / width),
                    float((box[1] + box[3]) / height), label->second};
      truth.crowd = annotation.value("iscrowd", 0) != 0;
      truth.area_px2 = annotation.value("area", -1.0) / (width * height);
      boxes[name].push_back(truth);
    }
  } catch (const json::exception& e) {
    return BadInput("not COCO's JSON of images, annotations and categories", path, e.what());
  }
  return boxes;
}

}  // namespace fsc
