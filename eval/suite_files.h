// suite_files.h: writes everything that `fsc eval` leaves for people and other programs.
#ifndef FSC_EVAL_SUITE_FILES_H_
#define FSC_EVAL_SUITE_FILES_H_

#include <string>
#include <vector>

#include "eval/eval_point.h"
#include "eval/suite.h"

namespace fsc {

// results.csv, results.md, report.html, and runs/MODEL/CONFIGURATION/{CLIP.json, summary.csv} into `folder`.
// `notes`: what the clips warn of, a line each. `example_files`: as RunPoint left them; those that are missing are
// passed over. kIo when a file cannot be written.
Status WriteSuiteFiles(const Suite& suite, const std::string& folder, const std::string& command,
                       const std::vector<EvalPoint>& points, const std::vector<std::string>& notes,
                       const std::vector<std::string>& example_files);

// A name as part of a path: letters, digits, '.', '-' and '_' stay, everything else becomes '_'.
std::string FileNameOf(const std::string& name);

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_FILES_H_
