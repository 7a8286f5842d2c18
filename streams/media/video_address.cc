#include "streams/media/video_address.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "core/address.h"

namespace fsc {
namespace {

// Of a network, and made for what is played. libav has more, which name files or wrap others.
constexpr const char* kSchemes[] = {"ftp",   "http", "https", "mmsh",  "mmst", "rist", "rtmp", "rtmps",
                                    "rtmpt", "rtp",  "rtsp",  "rtsps", "sftp", "srt",  "tcp",  "udp"};
constexpr char kPatience_us[] = "30000000";

bool LibavHas(const std::string& scheme) {
  // RTSP is a format of libav and no protocol.
  if (scheme == "rtsp" || scheme == "rtsps") return av_find_input_format("rtsp") != nullptr;
  void* place = nullptr;
  while (const char* const name = avio_enum_protocols(&place, 0)) {
    if (scheme == name) return true;
  }
  return false;
}

std::string Readable() {
  std::string names;
  for (const char* const scheme : kSchemes) {
    if (LibavHas(scheme)) names += (names.empty() ? "" : ", ") + std::string(scheme);
  }
  return names.empty() ? "this FFmpeg reads from files alone" : "this FFmpeg reads from " + names;
}

Status CheckScheme(const std::string& address) {
  const std::string scheme = SchemeOf(address);
  const bool known = std::find(std::begin(kSchemes), std::end(kSchemes), scheme) != std::end(kSchemes);
  if (!known) return Usage("no video is read from an address that begins with " + scheme + "://", address, Readable());
  if (LibavHas(scheme)) return {};
  return Usage("this FFmpeg was built without " + scheme, address,
               "save the video to a file first, or install an FFmpeg that has it");
}

}  // namespace

bool IsAddress(const std::string& path) {
  std::error_code ignored;
  return path == "-" || (!SchemeOf(path).empty() && !std::filesystem::exists(path, ignored));
}

Result<UniqueInput> OpenAddress(const std::string& address) {
  const bool is_pipe = address == "-";
  if (!is_pipe) FSC_RETURN_IF_ERROR(CheckScheme(address));
  FfmpegDictionary options;
  options.Set("rw_timeout", kPatience_us);  // of what libav opens as a file
  options.Set("timeout", kPatience_us);     // of RTSP
  options.Set("rtsp_flags", "prefer_tcp");  // which loses nothing on the way
  AVFormatContext* input = nullptr;
  const int code = avformat_open_input(&input, is_pipe ? "pipe:0" : address.c_str(), nullptr, options.address());
  if (code >= 0) return UniqueInput(input);
  const std::string why = FfmpegErrorText(code);
  if (code != AVERROR_INVALIDDATA) return IoError("the address cannot be read", address, why);
  return BadInput("no video, or one that has to be read back and forth", address, "save it to a file first: " + why);
}

}  // namespace fsc
