// encoder_app.cc: fsc-encoderapp: raw pictures into a .fsc stream, with the command line of VTM's EncoderApp.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "eval/rate_account.h"
#include "fsc/byte_io.h"
#include "fsc/packet_encoder.h"
#include "fsc/version.h"
#include "streams/container_writer.h"
#include "tools/output_guard.h"
#include "tools/vtm/app.h"
#include "tools/vtm/channel_choice.h"
#include "tools/vtm/encoder_settings.h"
#include "tools/vtm/picture_source.h"
#include "tools/vtm/qp_scale.h"
#include "tools/vtm/reconstruction.h"
#include "tools/vtm/vtm_options.h"

namespace fsc::tools {
namespace {

// Where the packets go.
struct Coder {
  std::unique_ptr<PacketEncoder> encoder;
  std::unique_ptr<ContainerWriter> writer;
  std::unique_ptr<Reconstruction> reconstruction;  // null where nobody asks for one
  std::vector<Packet> ready;

  Status Drain() {
    for (const Packet& packet : ready) {
      FSC_RETURN_IF_ERROR(writer->Write(packet));
      if (reconstruction != nullptr) FSC_RETURN_IF_ERROR(reconstruction->Take(packet));
    }
    ready.clear();
    return {};
  }
};

Status CodePictures(const PicturePacking& packing, PictureSource* source, Coder* coder) {
  FSC_RETURN_IF_ERROR(source->SeekToFirst());
  for (int64_t i = 0; i < source->count(); ++i) {
    FSC_ASSIGN_OR_RETURN(auto samples, source->Next());
    if (!samples) return Internal("a raw file ended before its size said", source->name());
    const int64_t number = source->first() + i;
    FSC_ASSIGN_OR_RETURN(FeatureFrame frame, packing.Unpack(std::as_const(*samples).view(),
                                                            fmt::format("{}, frame {}", source->name(), number)));
    frame.timestamp_ticks = number;
    if (coder->reconstruction != nullptr) coder->reconstruction->Expect(std::move(*samples));
    FSC_RETURN_IF_ERROR(coder->encoder->Push(frame, {}, &coder->ready));
    FSC_RETURN_IF_ERROR(coder->Drain());
  }
  FSC_RETURN_IF_ERROR(coder->encoder->Flush(&coder->ready));
  FSC_RETURN_IF_ERROR(coder->Drain());
  if (coder->reconstruction != nullptr) FSC_RETURN_IF_ERROR(coder->reconstruction->Finish());
  return coder->writer->Finish();
}

// The latent mode's QP, from the first picture that is coded.
Status ScaleQp(const PicturePacking& packing, PictureSource* source, EncoderConfig* config) {
  FSC_RETURN_IF_ERROR(source->SeekToFirst());
  FSC_ASSIGN_OR_RETURN(const auto samples, source->Next());
  if (!samples) return Internal("a raw file ended before its size said", source->name());
  FSC_ASSIGN_OR_RETURN(const FeatureFrame first,
                       packing.Unpack(samples->view(), source->name() + ", its first picture"));
  config->qp = LatentQpOf(config->qp, source->picture().bits, first);
  return {};
}

std::string QpText(const EncoderSettings& settings, int said_qp) {
  if (settings.config.latent.lossless || settings.config.mode == "float") return "lossless";
  if (!settings.qp_is_vtms) return fmt::format("QP {}", settings.config.qp);
  return fmt::format("QP {} ({} on the mode's scale)", said_qp, settings.config.qp);
}

void ReportBegin(const EncoderSettings& settings, int said_qp, const PictureSource& source, const Channels& channels,
                 std::FILE* console) {
  const PackedPicture& picture = source.picture();
  fmt::print(console, "fsc-encoderapp {}: {}x{}{}, {} bits, {} from {} on: {}\n", kVersion, picture.width_px,
             picture.height_px, source.padded() ? " (padded)" : "", picture.bits, source.count(), source.first(),
             channels.said);
  const EncoderConfig& config = settings.config;
  fmt::print(console, "mode {}, {}, groups of {}{}\n", config.mode, QpText(settings, said_qp), config.gop_frames,
             config.low_delay ? ", frames in their order" : ", frames reordered");
  for (const std::string& note : settings.notes) fmt::print(console, "{}\n", note);
}

void ReportEnd(uint64_t bytes, int64_t frames, TimeBase frame_rate, double seconds,
               const Reconstruction* reconstruction, const std::string& md5, std::FILE* console) {
  const RateUnits rate = InUnits(bytes, {.seconds = double(frames) * frame_rate.den / frame_rate.num});
  if (reconstruction != nullptr) {
    fmt::print(console, "Total Frames |  Bitrate     Y-PSNR\n{:12}   {:10.4f}  {:.4f}\n", frames, rate.kbit_per_s,
               reconstruction->psnr_db());
    fmt::print(console, "MD5 of the pictures: {}\n", md5);
  }
  fmt::print(console, "Bytes written to file: {} ({:.3f} kbps)\n", bytes, rate.kbit_per_s);
  fmt::print(console, "Total Time: {:.3f} sec.\n", seconds);
}

// A part of a sequence may have nothing of it: the platforms ask for such a one where the sequence is an odd number of
// intra periods. fsc-parcat passes over an empty file.
Status WriteNothing(const EncoderSettings& settings, std::FILE* console) {
  for (const std::string& path : {settings.bitstream, settings.reconstruction}) {
    if (path.empty()) continue;
    FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(path));
    FSC_RETURN_IF_ERROR(sink->Commit());
  }
  if (!settings.quiet)
    fmt::print(console, "no pictures are left after FrameSkip\nBytes written to file: 0 (0.000 kbps)\n");
  return {};
}

Status Encode(std::span<const std::string> arguments) {
  const auto start = Clock::now();
  FSC_ASSIGN_OR_RETURN(const VtmOptions options, VtmOptions::Read(arguments, EncoderOptions()));
  FSC_ASSIGN_OR_RETURN(EncoderSettings settings, EncoderSettingsFrom(options));
  std::vector<std::string> inputs = options.files();
  inputs.push_back(settings.pictures.path);
  FSC_RETURN_IF_ERROR(CheckOutputs({settings.bitstream, settings.reconstruction}, inputs));
  std::FILE* const console = Console(settings.bitstream == "-" || settings.reconstruction == "-");
  FSC_ASSIGN_OR_RETURN(PictureSource source, PictureSource::Open(settings.pictures));
  if (source.count() == 0) return WriteNothing(settings, console);
  if (settings.pictures.count > source.count()) {
    settings.notes.push_back(fmt::format("there are {} pictures and not {}", source.count(), settings.pictures.count));
  }
  FSC_ASSIGN_OR_RETURN(const Channels channels,
                       ChooseChannels(settings.channels, settings.config.mode == "latent", settings.pictures.width_px,
                                      settings.pictures.height_px, &source));
  const int said_qp = settings.config.qp;
  if (settings.qp_is_vtms) FSC_RETURN_IF_ERROR(ScaleQp(channels.packing, &source, &settings.config));
  StreamInfo stream;
  stream.layers = channels.packing.layers();
  stream.picture = channels.packing.picture();
  stream.frame_rate = settings.frame_rate;
  // A tick a picture: time stamps are the pictures' numbers.
  stream.time_base = {settings.frame_rate.den, settings.frame_rate.num};

  Coder coder;
  FSC_ASSIGN_OR_RETURN(coder.encoder, PacketEncoder::Create(settings.config, stream));
  FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(settings.bitstream));
  FSC_ASSIGN_OR_RETURN(coder.writer, ContainerWriter::Create(sink.get(), coder.encoder->header()));
  if (settings.hash || !settings.reconstruction.empty()) {
    FSC_ASSIGN_OR_RETURN(coder.reconstruction,
                         Reconstruction::Create(settings.reconstruction, settings.reconstruction_bits,
                                                coder.encoder->header(), channels.packing, settings.config.threads));
  }
  if (!settings.quiet) ReportBegin(settings, said_qp, source, channels, console);
  FSC_RETURN_IF_ERROR(CodePictures(channels.packing, &source, &coder));
  std::string md5;
  if (coder.reconstruction != nullptr) {
    FSC_RETURN_IF_ERROR(coder.reconstruction->Commit());
    FSC_ASSIGN_OR_RETURN(md5, coder.reconstruction->Md5());
  }
  FSC_RETURN_IF_ERROR(sink->Commit());
  if (settings.quiet) return {};
  const Warnings warnings = coder.encoder->warnings();
  for (const Warning& warning : warnings.list()) fmt::print(stderr, "fsc-encoderapp: warning: {}\n", warning.OneLine());
  ReportEnd(coder.writer->bytes_written(), source.count(), settings.frame_rate, SecondsSince(start),
            coder.reconstruction.get(), md5, console);
  return {};
}

}  // namespace
}  // namespace fsc::tools

int main(int argc, char** argv) {
  using namespace fsc::tools;
  const std::string help =
      "usage: fsc-encoderapp -c CFG -i IN.yuv -b OUT.bin -wdt W -hgt H -fr F -q QP [OPTIONS]\n"
      "Codes raw pictures whose tiles are channels. Options are VTM's, as -name value or --Name=value:\n\n";
  return RunApp({"fsc-encoderapp", help + HelpOf(EncoderOptions()), Encode}, argc, argv);
}
