// decoder_app.cc: fsc-decoderapp: a .fsc stream into raw pictures, with the command line of VTM's DecoderApp.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/clock.h"
#include "fsc/byte_io.h"
#include "fsc/decoder.h"
#include "fsc/version.h"
#include "tiling/picture_packing.h"
#include "tools/machine_threads.h"
#include "tools/output_guard.h"
#include "tools/vtm/app.h"
#include "tools/vtm/picture_output.h"
#include "tools/vtm/vtm_options.h"

namespace fsc::tools {
namespace {

constexpr int kQuietVerbosity = 2;  // VTM's 0 to 2 print errors and warnings

constexpr std::array kOptions = {
    VtmOption{"BitstreamFile", "b", "the .fsc stream; - is standard input"},
    VtmOption{"ReconFile", "o", "the pictures; - is standard output (default: none)"},
    VtmOption{"OutputBitDepth", "d", "8 .. 16, of the samples that are written; 0 = as they were coded (default)"},
    VtmOption{"Verbosity", "v", "0 .. 2: print errors only"},
    VtmOption{"FscThreads", "", "1 .. 256; the pictures do not depend on it (default: the machine's)"},
};

Status Decode(std::span<const std::string> arguments) {
  const auto start = Clock::now();
  FSC_ASSIGN_OR_RETURN(const VtmOptions options, VtmOptions::Read(arguments, kOptions));
  const std::string bitstream = options.TextOr("BitstreamFile", "");
  const std::string output_path = options.TextOr("ReconFile", "");
  if (bitstream.empty()) return Usage("the option is missing", "-b, --BitstreamFile", "give it");
  FSC_ASSIGN_OR_RETURN(const int64_t asked_bits, options.NumberOr("OutputBitDepth", 0, 0, 16));
  if (asked_bits > 0 && asked_bits < 8)
    return Usage(fmt::format("samples of {} bits", asked_bits), "--OutputBitDepth", "give 8 .. 16, or 0");
  FSC_ASSIGN_OR_RETURN(const int64_t verbosity, options.NumberOr("Verbosity", 6, 0, 7));
  FSC_ASSIGN_OR_RETURN(const int64_t threads, options.NumberOr("FscThreads", MachineThreads(), 1, 256));
  FSC_RETURN_IF_ERROR(CheckOutputs({output_path}, {bitstream}));
  std::FILE* const console = Console(output_path == "-");

  FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(bitstream));
  FSC_ASSIGN_OR_RETURN(const auto decoder, FeatureDecoder::Open(source.get(), {.threads = int(threads)}));
  const StreamHeader& header = decoder->header();
  if (!header.picture)
    return Usage("the stream did not come from raw pictures", bitstream, "decode it with fsc decode");
  auto packing = PicturePacking::Create(*header.picture, header.layers, Limits{});
  if (!packing.ok()) return BadInput(packing.error().what, bitstream, "the stream does not say truly what it is of");
  const int bits = asked_bits > 0 ? int(asked_bits) : header.picture->bits;
  FSC_ASSIGN_OR_RETURN(PictureOutput output, PictureOutput::Create(output_path, std::move(*packing), bits));

  // Whoever calls VTM's decoder counts the pictures of the file and asks no exit code, so half a file is none.
  int64_t frames = 0;
  for (;; ++frames) {
    FSC_ASSIGN_OR_RETURN(auto decoded, decoder->Next());
    if (!decoded) break;
    FSC_RETURN_IF_ERROR(output.Write(decoded->frame).TakeStatus());
    decoder->Recycle(std::move(*decoded));
  }
  FSC_RETURN_IF_ERROR(output.Commit());
  if (verbosity <= kQuietVerbosity) return {};
  FSC_ASSIGN_OR_RETURN(const std::string md5, output.Md5());
  fmt::print(console,
             "fsc-decoderapp {}: {} pictures of {}x{}, {} bits\nMD5 of the pictures: {}\nTotal Time: {:.3f} sec.\n",
             kVersion, frames, header.picture->width_px, header.picture->height_px, bits, md5, SecondsSince(start));
  return {};
}

}  // namespace
}  // namespace fsc::tools

int main(int argc, char** argv) {
  using namespace fsc::tools;
  const std::string help =
      "usage: fsc-decoderapp -b IN.bin -o OUT.yuv [-d BITS]\n"
      "Decodes what fsc-encoderapp and fsc encode make of raw pictures. Options are VTM's, as -name value or "
      "--Name=value:\n\n";
  return RunApp({"fsc-decoderapp", help + HelpOf(kOptions), Decode}, argc, argv);
}
