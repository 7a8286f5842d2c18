#include "eval/slurm_script.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "eval/command_words.h"

namespace fsc {
namespace {

// A pattern of sbatch, in which % stands for itself.
std::string EscapedPattern(const std::string& path) {
  std::string out;
  for (const char c : path) out += c == '%' ? "%%" : std::string(1, c);
  return out;
}

}  // namespace

Result<std::string> WriteScript(const SlurmScript& s) {
  if (s.log_folder.find_first_of("\\\"\n") != std::string::npos) {
    return Usage("Slurm takes no backslash, quote or line end in the name of a log", s.log_folder,
                 "choose another folder");
  }
  std::string out = "#!/bin/sh\n";
  out += fmt::format("#SBATCH --job-name={}\n", s.job_name);
  out += fmt::format("#SBATCH --array=0-{}{}\n", s.tasks - 1, s.parallel > 0 ? fmt::format("%{}", s.parallel) : "");
  out += fmt::format("#SBATCH --cpus-per-task={}\n", s.cpus_per_task);
  out += fmt::format("#SBATCH --output=\"{}/%a.log\"\n", EscapedPattern(s.log_folder));
  out += "#SBATCH --open-mode=append\n";  // a task that is started again keeps what it said before
  for (const auto& [name, value] : s.environment) out += fmt::format("export {}={}\n", name, JoinWords({value}));
  out += fmt::format("cd {} || exit\n", JoinWords({s.working_folder}));
  out += fmt::format("exec {} \"$SLURM_ARRAY_TASK_ID\"\n", JoinWords(s.command));
  return out;
}

Status CheckSbatchOptions(const std::vector<std::string>& words) {
  static const char* const kRefused[] = {"--array", "--error",   "--help", "--output", "--test-only",
                                         "--usage", "--version", "--wait", "--wrap"};
  static const std::string kRefusedLetters = "aehoVW";
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string name = word.substr(0, word.find('='));
    const bool is_long = word.starts_with("--") && word.size() > 2;
    const bool is_short = word.size() > 1 && word[0] == '-' && word[1] != '-';
    // sbatch takes a beginning of a name for the name.
    const bool refused = std::any_of(std::begin(kRefused), std::end(kRefused),
                                     [&](const char* r) { return is_long && std::string(r).starts_with(name); });
    if (refused || (is_short && kRefusedLetters.find(word[1]) != std::string::npos))
      return Usage("this option of sbatch is not yours to give here", word, "fsc chooses array, script and logs");
    const bool is_value = i > 0 && words[i - 1].starts_with('-') && words[i - 1].find('=') == std::string::npos;
    if (!is_long && !is_short && !is_value)
      return Usage("neither an option of sbatch nor the value of one", word, "fsc writes the script");
  }
  return {};
}

}  // namespace fsc
