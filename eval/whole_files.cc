#include "eval/whole_files.h"

#include <filesystem>

namespace fsc {

Status WholeFiles::Add(const std::string& path, std::string_view text) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failure;
  if (!folder.empty()) std::filesystem::create_directories(folder, failure);
  if (failure) return IoError("cannot create the folder", folder.string(), failure.message());
  FSC_ASSIGN_OR_RETURN(auto sink, OpenSink(path));
  FSC_RETURN_IF_ERROR(sink->Write({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  sinks_.push_back(std::move(sink));
  return {};
}

Status WholeFiles::Commit() {
  for (const auto& sink : sinks_) FSC_RETURN_IF_ERROR(sink->Commit());
  sinks_.clear();
  return {};
}

Status WriteWholeFile(const std::string& path, std::string_view text) {
  WholeFiles file;
  FSC_RETURN_IF_ERROR(file.Add(path, text));
  return file.Commit();
}

}  // namespace fsc
