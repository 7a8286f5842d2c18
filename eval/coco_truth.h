// coco_truth.h: boxes from COCO's JSON (instances_*.json): "images", "annotations", "categories".
#ifndef FSC_EVAL_COCO_TRUTH_H_
#define FSC_EVAL_COCO_TRUTH_H_

#include <map>
#include <string>
#include <vector>

#include "eval/coco_ap.h"
#include "fsc/status.h"

namespace fsc {

// Boxes by picture (its file name, without folders), relative to its size as the file states it (areas too); pictures
// without annotations have none. Categories are the
// network's classes of the same name, where `class_names` are known and have them all; else in the order of their ids.
// Crowds and areas are the file's. kIo when it cannot be read, kBadInput for anything that is no such file.
Result<std::map<std::string, std::vector<TrueBox>>> ReadCocoBoxes(const std::string& path,
                                                                  const std::vector<std::string>& class_names);

}  // namespace fsc

#endif  // FSC_EVAL_COCO_TRUTH_H_
