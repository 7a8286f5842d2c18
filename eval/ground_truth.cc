#include "eval/ground_truth.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "eval/coco_truth.h"
#include "eval/label_files.h"
#include "streams/picture_file.h"
#include "streams/still_list.h"

namespace fsc {

namespace fs = std::filesystem;

namespace {

constexpr double kHair = 0.01;  // that a relative coordinate may lie outside the picture

}  // namespace

// Fills a GroundTruth; one method a format.
class TruthReader {
 public:
  TruthReader(const Truth& truth, const SuiteClip& clip, const ClipListing& listing, const TaskSpec& task,
              std::string where)
      : truth_(truth), listing_(listing), task_(task), where_(std::move(where)) {
    first_ = clip.first_frame;
    count_ = std::min(clip.end_frame, listing.frames) - first_;
    out_.kind_ = truth.kind;
    out_.label_ = truth.label;
  }

  Result<GroundTruth> Read() {
    FSC_RETURN_IF_ERROR(CheckTask());
    switch (truth_.kind) {
      case TruthKind::kLabelImages:
        FSC_RETURN_IF_ERROR(LabelImages());
        break;
      case TruthKind::kMaskBoxes:
        FSC_RETURN_IF_ERROR(MaskBoxes());
        break;
      case TruthKind::kMot:
        FSC_RETURN_IF_ERROR(Mot());
        break;
      case TruthKind::kYoloBoxes:
        FSC_RETURN_IF_ERROR(Yolo());
        break;
      case TruthKind::kCocoJson:
        FSC_RETURN_IF_ERROR(CocoJson());
        break;
      case TruthKind::kClassCsv:
        FSC_RETURN_IF_ERROR(ClassCsv());
        break;
      case TruthKind::kTrackRects:
        FSC_RETURN_IF_ERROR(TrackRects());
        break;
    }
    return std::move(out_);
  }

 private:
  Status CheckTask() {
    const TaskKind needed = truth_.kind == TruthKind::kLabelImages ? TaskKind::kSegmentation
                            : truth_.kind == TruthKind::kClassCsv  ? TaskKind::kClassification
                                                                   : TaskKind::kDetection;
    if (task_.kind != needed) return BadInput("the network's task cannot be scored with labels of this kind", where_);
    if (needed == TaskKind::kDetection && truth_.label >= 0) return CheckClass(truth_.label, where_ + ": label");
    return {};
  }

  Status CheckClass(int index, const std::string& where) const {
    if (index < 0 || (!task_.labels.empty() && index >= int(task_.labels.size()))) {
      return BadInput(fmt::format("class index {} out of range", index), where,
                      fmt::format("the network has {} classes", task_.labels.size()));
    }
    return {};
  }

  Result<std::vector<std::string>> FilesPerFrame() const {
    return LabelPictures(truth_.path, listing_, first_, count_, where_);
  }

  // Labels that hold nothing to find: an accuracy would be undefined.
  Error NothingIn(const std::string& what, const std::string& advice = "") const {
    return BadInput(what, where_ + ": " + truth_.path, advice);
  }

  bool AnyBoxToFind() const {
    return std::any_of(out_.boxes_.begin(), out_.boxes_.end(), [](const std::vector<TrueBox>& boxes) {
      return std::any_of(boxes.begin(), boxes.end(), [](const TrueBox& box) { return !box.ignore && !box.crowd; });
    });
  }

  Status CheckSize(const LabelImage& image, const std::string& file) const {
    if (listing_.width_px == 0 || (image.width_px == listing_.width_px && image.height_px == listing_.height_px))
      return {};
    return BadInput(fmt::format("label picture is {}x{}, the frames are {}x{}", image.width_px, image.height_px,
                                listing_.width_px, listing_.height_px),
                    where_ + ": " + file);
  }

  Status LabelImages() {
    FSC_ASSIGN_OR_RETURN(out_.label_files_, FilesPerFrame());
    bool any = false;
    for (const std::string& file : out_.label_files_) {
      Result<LabelImage> read = ReadLabelImage(file);
      if (!read.ok()) return BadInput(read.error().what, where_ + ": " + file, read.error().advice);
      const LabelImage& image = *read;
      FSC_RETURN_IF_ERROR(CheckSize(image, file));
      std::array<bool, 256> present{};
      for (const uint8_t label : image.labels) present[label] = true;
      for (int label = 0; label < 256; ++label) {
        if (!present[label] || label == task_.ignore_label) continue;
        any = true;
        FSC_RETURN_IF_ERROR(CheckClass(label, where_ + ": " + file));
      }
    }
    if (!any)
      return NothingIn(fmt::format("no labelled pixel in {} label pictures", count_), "all have the ignored label");
    return {};
  }

  Status MaskBoxes() {
    FSC_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesPerFrame());
    for (const std::string& file : files) {
      FSC_ASSIGN_OR_RETURN(const StoredPicture mask, ReadPicture(file, PictureSamples::kGray));
      FSC_RETURN_IF_ERROR(CheckSize({mask.width_px, mask.height_px, {}}, file));
      int left = mask.width_px, right = -1, top = mask.height_px, bottom = -1;
      for (int y = 0; y < mask.height_px; ++y) {
        for (int x = 0; x < mask.width_px; ++x) {
          if (mask.samples[size_t(y) * size_t(mask.width_px) + size_t(x)] == 0) continue;
          left = std::min(left, x);
          right = std::max(right, x);
          top = std::min(top, y);
          bottom = std::max(bottom, y);
        }
      }
      out_.has_tracked_.push_back(right >= 0);
      out_.tracked_.push_back({float(left), float(top), float(right + 1), float(bottom + 1), 1, truth_.label});
    }
    return CheckTracked("mask");
  }

  Status CheckTracked(const char* kind) const {
    if (std::count(out_.has_tracked_.begin(), out_.has_tracked_.end(), true) > 0) return {};
    return NothingIn(fmt::format("nothing to find: all of {} {}s are empty", count_, kind));
  }

  // frame, id, left, top, width, height, active, class, visibility; frames and pixels count from 1.
  Status Mot() {
    out_.boxes_.resize(size_t(count_));
    FSC_ASSIGN_OR_RETURN(
        const std::vector<NumberLine> lines,
        ReadNumberLines(truth_.path, where_, 9, SIZE_MAX,
                        "not nine numbers: frame, id, left, top, width, height, active, class, visibility"));
    std::map<int, int64_t> classes;  // lines of each, in the range
    for (const auto& [where, v] : lines) {
      if (v[0] < 1 || v[0] > double(listing_.frames)) {
        return BadInput(fmt::format("frame {} is not in the clip of {} frames", v[0], listing_.frames), where);
      }
      const int64_t frame = int64_t(v[0]) - 1 - first_;
      if (frame < 0 || frame >= count_) continue;
      const int kind = int(v[7]);
      ++classes[kind];
      const bool person_like =
          kind == 2 || kind == 7 || kind == 8 || kind == 12;  // on a vehicle, static, distractor, reflection
      if (kind != truth_.mot_class && !(truth_.mot_class == 1 && person_like)) continue;
      TrueBox box{float(v[2] - 1), float(v[3] - 1), float(v[2] - 1 + v[4]), float(v[3] - 1 + v[5]), truth_.label};
      const bool hidden = v[8] >= 0 && v[8] < truth_.min_visibility;
      box.ignore = kind != truth_.mot_class || v[6] == 0 || hidden;
      out_.boxes_[size_t(frame)].push_back(box);
    }
    return AnyBoxToFind() ? Status() : Status(NoMotBox(classes));
  }

  Error NoMotBox(const std::map<int, int64_t>& classes) const {
    int64_t lines = 0;
    std::string others;
    for (const auto& [kind, count] : classes) {
      lines += count;
      others += fmt::format("{}{} ({} lines)", others.empty() ? "" : ", ", kind, count);
    }
    if (classes.count(truth_.mot_class) != 0) {
      return NothingIn(fmt::format("no box of class {} to find in {} lines", truth_.mot_class, lines),
                       fmt::format("all are inactive, or less visible than {}", truth_.min_visibility));
    }
    return NothingIn(
        fmt::format("no box of class {} in {} lines", truth_.mot_class, lines),
        others.empty() ? "no line is of the clip's frames" : "set \"mot_class\" to one that is there: " + others);
  }

  Status Yolo() {
    if (listing_.names.empty()) return BadInput("yolo_boxes labels need a folder of stills", where_);
    std::error_code failure;
    if (!fs::is_directory(truth_.path, failure))
      return IoError("cannot read the folder of labels", where_ + ": " + truth_.path);
    int64_t files = 0;
    for (int64_t t = first_; t < first_ + count_; ++t) {
      const std::string file = truth_.path + "/" + StemOf(listing_.names[size_t(t)]) + ".txt";
      std::vector<TrueBox>& boxes = out_.boxes_.emplace_back();
      if (!fs::exists(file, failure)) continue;  // background
      ++files;
      FSC_ASSIGN_OR_RETURN(
          std::vector<NumberLine> lines,
          ReadNumberLines(file, where_, 5, 5, "not five numbers: class, centre x, centre y, width, height"));
      for (auto& [where, v] : lines) {
        FSC_RETURN_IF_ERROR(CheckClass(int(v[0]), where));
        for (size_t k = 1; k < 5; ++k) {
          if (v[k] < -kHair || v[k] > 1 + kHair) return BadInput("box is not relative to the picture (0..1)", where);
          v[k] = std::clamp(v[k], 0.0, 1.0);
        }
        boxes.push_back({float(v[1] - v[3] / 2), float(v[2] - v[4] / 2), float(v[1] + v[3] / 2), float(v[2] + v[4] / 2),
                         int(v[0])});
      }
    }
    if (files == 0) {
      return NothingIn(fmt::format("no label file for any of {} pictures", count_),
                       fmt::format("they are named as the pictures: {}.txt", StemOf(listing_.names[size_t(first_)])));
    }
    if (!AnyBoxToFind()) return NothingIn(fmt::format("no box in {} label files", files));
    return {};
  }

  Status CocoJson() {
    if (listing_.names.empty()) return BadInput("coco_json labels need a folder of stills", where_);
    auto read = ReadCocoBoxes(truth_.path, task_.labels);
    if (!read.ok()) {
      Error error = read.error();
      error.where = where_ + ": " + error.where;
      return error;
    }
    for (int64_t t = first_; t < first_ + count_; ++t) {
      const auto found = read->find(listing_.names[size_t(t)]);
      if (found == read->end()) return NothingIn("the labels do not list picture " + listing_.names[size_t(t)]);
      for (const TrueBox& box : found->second) FSC_RETURN_IF_ERROR(CheckClass(box.label, where_ + ": " + truth_.path));
      out_.boxes_.push_back(found->second);
    }
    if (!AnyBoxToFind()) return NothingIn(fmt::format("no box in any of {} pictures", count_));
    return {};
  }

  Status ClassCsv() {
    FSC_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadTextLines(truth_.path));
    std::map<std::string, int> by_name;
    std::vector<int> in_order;
    for (size_t i = 0; i < lines.size(); ++i) {
      const size_t comma = lines[i].rfind(',');
      if (lines[i].empty() || lines[i] == "\r") continue;
      const auto v = comma == std::string::npos ? std::nullopt : ParseNumbers(lines[i].substr(comma + 1));
      if (!v || v->size() != 1)
        return BadInput("not \"file name,class index\"", fmt::format("{}: {}, line {}", where_, truth_.path, i + 1));
      FSC_RETURN_IF_ERROR(CheckClass(int((*v)[0]), fmt::format("{}: {}, line {}", where_, truth_.path, i + 1)));
      by_name[lines[i].substr(0, comma)] = int((*v)[0]);
      in_order.push_back(int((*v)[0]));
    }
    if (listing_.names.empty() && int64_t(in_order.size()) != listing_.frames) {
      return BadInput(fmt::format("{} labels for {} frames", in_order.size(), listing_.frames),
                      where_ + ": " + truth_.path);
    }
    for (int64_t t = first_; t < first_ + count_; ++t) {
      if (listing_.names.empty()) {
        out_.classes_.push_back(in_order[size_t(t)]);
        continue;
      }
      const auto found = by_name.find(listing_.names[size_t(t)]);
      if (found == by_name.end())
        return BadInput("no label for " + listing_.names[size_t(t)], where_ + ": " + truth_.path);
      out_.classes_.push_back(found->second);
    }
    return {};
  }

  Status TrackRects() {
    FSC_ASSIGN_OR_RETURN(const std::vector<NumberLine> lines,
                         ReadNumberLines(truth_.path, where_, 4, 4, "not four numbers: x, y, width, height"));
    std::vector<Detection> all;
    for (const auto& [where, v] : lines) {
      all.push_back(
          {float(v[0] - 1), float(v[1] - 1), float(v[0] - 1 + v[2]), float(v[1] - 1 + v[3]), 1, truth_.label});
    }
    if (int64_t(all.size()) != listing_.frames) {
      return BadInput(fmt::format("{} rectangles for {} frames", all.size(), listing_.frames),
                      where_ + ": " + truth_.path);
    }
    out_.tracked_.assign(all.begin() + first_, all.begin() + first_ + count_);
    for (const Detection& box : out_.tracked_) {
      out_.has_tracked_.push_back(box.x2_px > box.x1_px && box.y2_px > box.y1_px);
    }
    return CheckTracked("rectangle");
  }

  const Truth& truth_;
  const ClipListing& listing_;
  const TaskSpec& task_;
  std::string where_;
  int64_t first_ = 0, count_ = 0;
  GroundTruth out_;
};

Result<GroundTruth> GroundTruth::Load(const Truth& truth, const SuiteClip& clip, const ClipListing& listing,
                                      const TaskSpec& task, const std::string& where) {
  return TruthReader(truth, clip, listing, task, where).Read();
}

Result<LabelImage> GroundTruth::Labels(int64_t frame) const {
  return ReadLabelImage(label_files_[size_t(frame)]);
}

void GroundTruth::Scale(double x, double y) {
  for (std::vector<TrueBox>& frame : boxes_) {
    for (TrueBox& box : frame) {
      box.x1_px *= float(x);
      box.x2_px *= float(x);
      box.y1_px *= float(y);
      box.y2_px *= float(y);
    }
  }
  for (Detection& box : tracked_) {
    box.x1_px *= float(x);
    box.x2_px *= float(x);
    box.y1_px *= float(y);
    box.y2_px *= float(y);
  }
}

}  // namespace fsc
