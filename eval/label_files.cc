#include "eval/label_files.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "streams/still_list.h"

namespace fsc {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Every number without its leading zeros: "f001" and "f1" are the same.
std::string WithoutZeros(const std::string& stem) {
  std::string out;
  for (size_t i = 0; i < stem.size(); ++i) {
    const bool begins = out.empty() || !IsDigit(out.back());
    const bool leads = stem[i] == '0' && begins && i + 1 < stem.size() && IsDigit(stem[i + 1]);
    if (!leads) out += stem[i];
  }
  return out;
}

// The last number in a name; nullopt where there is none, or one that no counter reaches.
std::optional<int64_t> NumberIn(const std::string& name) {
  const std::string stem = StemOf(name);
  size_t end = stem.size();
  while (end > 0 && !IsDigit(stem[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && IsDigit(stem[begin - 1])) --begin;
  if (begin == end || end - begin > 15) return std::nullopt;
  return std::stoll(stem.substr(begin, end - begin));
}

// Label files by the key of their stem.
class FilesByName {
 public:
  using Key = std::string (*)(const std::string& name);

  FilesByName(const std::vector<std::string>& files, Key key) : key_(key) {
    for (const std::string& file : files) files_[key(file)].push_back(file);
  }

  bool AnyOf(const std::vector<std::string>& names) const {
    return std::any_of(names.begin(), names.end(), [&](const auto& name) { return files_.contains(key_(name)); });
  }
  // Empty without one.
  std::vector<std::string> Of(const std::string& name) const {
    const auto found = files_.find(key_(name));
    return found == files_.end() ? std::vector<std::string>() : found->second;
  }

 private:
  Key key_;
  std::map<std::string, std::vector<std::string>> files_;
};

// Two lists beside each other, by position: numbers that agree in some places and not in others say that one is missing
// here and another there.
Status CheckOrder(const std::vector<std::string>& files, const std::vector<std::string>& names,
                  const std::string& where) {
  bool agrees = false;
  std::optional<size_t> differs;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto of_file = NumberIn(files[i]), of_name = NumberIn(names[i]);
    if (!of_file || !of_name) return {};
    agrees = agrees || *of_file == *of_name;
    if (*of_file != *of_name && !differs) differs = i;
  }
  if (!agrees || !differs) return {};
  return BadInput("label picture " + files[*differs] + " would be that of frame " + names[*differs], where,
                  "the numbers in the names agree elsewhere: name the label pictures as the frames");
}

}  // namespace

std::string StemOf(const std::string& name) {
  return std::filesystem::path(name).stem().string();
}

Result<std::vector<std::string>> ListPictures(const std::string& folder) {
  FSC_ASSIGN_OR_RETURN(const StillList list, ListStills(folder));
  std::vector<std::string> names;
  for (const std::string& file : list.files) names.push_back(std::filesystem::path(file).filename().string());
  return names;
}

Result<std::vector<std::string>> LabelPictures(const std::string& folder, const ClipListing& listing, int64_t first,
                                               int64_t count, const std::string& entry) {
  const std::string where = entry + ": " + folder;
  FSC_ASSIGN_OR_RETURN(const std::vector<std::string> files, ListPictures(folder));
  std::vector<std::string> out;
  for (const FilesByName::Key key : {FilesByName::Key(StemOf), FilesByName::Key([](const std::string& name) {
                                       return WithoutZeros(StemOf(name));
                                     })}) {
    const FilesByName by_name(files, key);
    if (!by_name.AnyOf(listing.names)) continue;
    for (int64_t t = first; t < first + count; ++t) {
      const std::string& name = listing.names[size_t(t)];
      const std::vector<std::string> found = by_name.Of(name);
      if (found.empty()) {
        return BadInput("no label picture for frame " + name, where,
                        "others have the name of their frame: this one's should too");
      }
      if (found.size() > 1) {
        return BadInput("two label pictures for frame " + name + ": " + found[0] + " and " + found[1], where,
                        "keep one of them in the folder");
      }
      out.push_back(folder + "/" + found[0]);
    }
    return out;
  }
  if (int64_t(files.size()) != listing.frames) {
    return BadInput(fmt::format("{} label pictures for {} frames", files.size(), listing.frames), where,
                    listing.names.empty() ? "" : "no name is that of a frame: give one a frame, or the frames' names");
  }
  if (!listing.names.empty()) FSC_RETURN_IF_ERROR(CheckOrder(files, listing.names, where));
  for (int64_t t = first; t < first + count; ++t) out.push_back(folder + "/" + files[size_t(t)]);
  return out;
}

Result<std::vector<std::string>> ReadTextLines(const std::string& path) {
  std::ifstream file(path);
  if (!file) return IoError("cannot read the labels", path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::optional<std::vector<double>> ParseNumbers(std::string line) {
  for (char& c : line) c = c == ',' || c == ';' || c == '\t' || c == '\r' ? ' ' : c;
  std::vector<double> out;
  const char* at = line.c_str();
  while (*at == ' ') ++at;
  while (*at != 0) {
    char* end = nullptr;
    const double value = std::strtod(at, &end);
    if (end == at || !std::isfinite(value)) return std::nullopt;
    out.push_back(value);
    at = end;
    while (*at == ' ') ++at;
  }
  return out;
}

Result<std::vector<NumberLine>> ReadNumberLines(const std::string& path, const std::string& where, size_t least,
                                                size_t most, const std::string& expected) {
  FSC_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadTextLines(path));
  std::vector<NumberLine> out;
  for (size_t i = 0; i < lines.size(); ++i) {
    auto values = ParseNumbers(lines[i]);
    if (values && values->empty()) continue;
    const std::string at = fmt::format("{}: {}, line {}", where, path, i + 1);
    if (!values || values->size() < least || values->size() > most) return BadInput(expected, at);
    out.push_back({at, std::move(*values)});
  }
  return out;
}

}  // namespace fsc
