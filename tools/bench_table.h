// bench_table.h: what `fsc bench` prints: a line a coder, as text or as JSON.
#ifndef FSC_TOOLS_BENCH_TABLE_H_
#define FSC_TOOLS_BENCH_TABLE_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "eval/reference_cache.h"
#include "eval/speed_run.h"
#include "tools/bench_coders.h"

namespace fsc::tools {

struct BenchResult {
  std::string input;
  std::string model;  // path; empty = none
  ReferenceInfo reference;
  int runs = 1;
  int threads = 1;
  std::vector<BenchCoder> coders;
  std::vector<SpeedFigures> figures;  // of each
};

// Of the coders that could be had, and a line for what is left out.
std::string BenchTable(const BenchResult& result);
nlohmann::ordered_json BenchJson(const BenchResult& result, const Warnings& warnings);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_BENCH_TABLE_H_
