// hostile: the whole matrix, every situation in every setup, as a table on standard output (CSV). README.md says more.
//
// usage: hostile [--short] [--situations A,B] [--setups A,B] [--jobs N] [--summary]
// Exit code: 0 = all within the yardstick, 1 = not, 2 = wrong usage.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/thread_pool.h"
#include "yardstick.h"

namespace fsc::hostile {
namespace {

struct Options {
  bool short_form = false;
  bool summary = false;
  int jobs = 1;
  std::vector<std::string> situations, setups;  // beginnings of names; empty = all
};

bool Parse(int argc, char** argv, Options* options) {
  const auto split = [](const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
    return parts;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const bool value = i + 1 < argc;
    if (name == "--short") {
      options->short_form = true;
    } else if (name == "--summary") {
      options->summary = true;
    } else if (name == "--jobs" && value) {
      options->jobs = std::atoi(argv[++i]);
    } else if (name == "--situations" && value) {
      options->situations = split(argv[++i]);
    } else if (name == "--setups" && value) {
      options->setups = split(argv[++i]);
    } else {
      return false;
    }
  }
  return options->jobs >= 1;
}

bool Chosen(const std::string& name, const std::vector<std::string>& beginnings) {
  if (beginnings.empty()) return true;
  return std::ranges::any_of(beginnings, [&](const std::string& beginning) { return name.starts_with(beginning); });
}

std::string KindsOf(const Warnings& warnings) {
  std::string kinds;
  for (const Warning& warning : warnings.list()) kinds += (kinds.empty() ? "" : " ") + warning.kind;
  return kinds;
}

std::string Quoted(std::string text) {
  std::ranges::replace(text, '"', '\'');
  return text.find(',') == std::string::npos ? text : '"' + text + '"';
}

// The worst of each mode, over all situations.
struct Worst {
  int cells = 0, failed = 0;
  double deficit_db = -kBestDb;
  double rate_ratio = 0;
};

class Table {
 public:
  explicit Table(bool rows) : rows_(rows) {
    if (!rows_) return;
    std::printf(
        "check,situation,setup,verdict,worst_deficit_db,frame,layer,mean_deficit_db,snr_db,reference_snr_db,rate_ratio,"
        "bytes,reference_bytes,warnings\n");
  }

  void Add(const Situation& situation, const Setup& setup, const Verdict& v) {
    Worst& worst = Count(setup.mode, v.ok());
    if (v.error.empty()) {
      worst.deficit_db = std::max({worst.deficit_db, v.worst_deficit_db, v.mean_deficit_db});
      worst.rate_ratio = std::max(worst.rate_ratio, v.rate_ratio);
    }
    if (!rows_) return;
    std::printf("yardstick,%s,%s,%s,%.2f,%d,%d,%.2f,%.2f,%.2f,%.3f,%llu,%llu,%s\n", situation.name.c_str(),
                setup.name.c_str(), Quoted(v.Word()).c_str(), v.worst_deficit_db, v.worst_frame, v.worst_layer,
                v.mean_deficit_db, v.mean_db, v.reference_mean_db, v.rate_ratio, (unsigned long long)v.bytes,
                (unsigned long long)v.reference_bytes, KindsOf(v.warnings).c_str());
    std::fflush(stdout);
  }

  // The worst frame at each QP stands in place of the figures of the yardstick.
  void Add(const Situation& situation, const std::string& setup, const CeilingVerdict& v) {
    Worst& worst = Count(setup, v.ok());
    if (!v.worst_db.empty()) worst.deficit_db = std::max(worst.deficit_db, v.floor_db - v.worst_db.back());
    if (!rows_) return;
    std::string rising;
    for (const double db : v.worst_db) {
      char text[32];
      std::snprintf(text, sizeof text, "%s%.1f", rising.empty() ? "" : " ", db);
      rising += text;
    }
    std::printf("ceiling,%s,%s,%s,%.2f,%d,,,%s,%.0f,,,,%s\n", situation.name.c_str(), setup.c_str(),
                Quoted(v.Word()).c_str(), v.worst_db.empty() ? 0 : v.floor_db - v.worst_db.back(), v.worst_frame,
                rising.c_str(), v.floor_db, KindsOf(v.warnings).c_str());
    std::fflush(stdout);
  }

  int PrintSummary() const {
    int failed = 0;
    std::FILE* out = rows_ ? stderr : stdout;
    std::fprintf(out, "mode,cells,failed,worst_deficit_db,worst_rate_ratio\n");
    for (const auto& [mode, worst] : worst_) {
      std::fprintf(out, "%s,%d,%d,%.2f,%.3f\n", mode.c_str(), worst.cells, worst.failed, worst.deficit_db,
                   worst.rate_ratio);
      failed += worst.failed;
    }
    return failed;
  }

 private:
  Worst& Count(const std::string& mode, bool ok) {
    Worst& worst = worst_[mode];
    ++worst.cells;
    worst.failed += ok ? 0 : 1;
    return worst;
  }

  bool rows_;
  std::map<std::string, Worst> worst_;
};

int Run(const Options& options) {
  std::vector<Situation> situations;
  for (const Situation& situation : AllSituations()) {
    if (Chosen(situation.name, options.situations) && (situation.in_short_form || !options.short_form)) {
      situations.push_back(situation);
    }
  }
  std::vector<Setup> setups;
  for (const Setup& setup : AllSetups()) {
    if (Chosen(setup.name, options.setups) && (setup.in_short_form || !options.short_form)) setups.push_back(setup);
  }
  Table table(!options.summary);
  Yardstick yardstick;
  std::mutex mutex;
  ThreadPool pool(options.jobs);
  pool.Run(int(situations.size()), [&](int s) {
    const Situation& situation = situations[size_t(s)];
    const Clip clip = situation.clip();
    for (const Setup& setup : setups) {
      const Verdict verdict = yardstick.Judge(situation, clip, setup);
      const std::lock_guard<std::mutex> lock(mutex);
      table.Add(situation, setup, verdict);
    }
    for (const CeilingSetup& setup : CeilingSetups()) {
      if (!Chosen(setup.name, options.setups) || (options.short_form && !setup.in_short_form)) continue;
      const CeilingVerdict verdict = JudgeCeiling(situation, clip, setup.config);
      const std::lock_guard<std::mutex> lock(mutex);
      table.Add(situation, setup.name, verdict);
    }
  });
  return table.PrintSummary() > 0 ? 1 : 0;
}

}  // namespace
}  // namespace fsc::hostile

int main(int argc, char** argv) {
  fsc::hostile::Options options;
  if (!fsc::hostile::Parse(argc, argv, &options)) {
    std::fprintf(stderr, "usage: hostile [--short] [--situations A,B] [--setups A,B] [--jobs N] [--summary]\n");
    return 2;
  }
  return fsc::hostile::Run(options);
}
