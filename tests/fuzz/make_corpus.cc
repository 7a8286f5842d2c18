// Writes the seeds of every fuzz target: make_corpus FOLDER makes FOLDER/<target>/<seed>. Small, and the same in every
// run.
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "codec/profile/stream_profile.h"
#include "core/byte_writer.h"
#include "streams/npy_header.h"
#include "streams/output_file.h"
#include "streams/zip_writer.h"
#include "tests/support/container_samples.h"
#include "tests/support/profile_fixture.h"
#include "tests/support/tensor_samples.h"

namespace fsc {
namespace {

using Bytes = std::vector<uint8_t>;

bool Save(const std::string& path, const Bytes& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  return out.good();
}

Bytes Text(const std::string& text) {
  return {text.begin(), text.end()};
}

Bytes Npy(const LayerSpec& layer, TensorType type, int frames) {
  Bytes bytes = FormatNpyHeader(layer, type, frames);
  bytes.resize(bytes.size() + size_t(layer.elements() * frames) * (type == TensorType::kFloat16 ? 2 : 4), 0x3c);
  return bytes;
}

// numpy.savez_compressed's kind of archive, one entry.
Bytes DeflatedNpz(const Bytes& npy) {
  Bytes packed(npy.size() + 100);
  z_stream zlib{};
  deflateInit2(&zlib, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  zlib.next_in = const_cast<Bytef*>(npy.data());
  zlib.avail_in = uInt(npy.size());
  zlib.next_out = packed.data();
  zlib.avail_out = uInt(packed.size());
  deflate(&zlib, Z_FINISH);
  packed.resize(zlib.total_out);
  deflateEnd(&zlib);

  ByteWriter out;
  const auto fields = [&] {  // flags to extra length
    out.U16(0);
    out.U16(8);
    out.U32(0x00210000);
    out.U32(ZipCrc32(npy));
    out.U32(uint32_t(packed.size()));
    out.U32(uint32_t(npy.size()));
    out.U16(5);
    out.U16(0);
  };
  out.U32(0x04034b50);
  out.U16(20);
  fields();
  out.Bytes(Text("a.npy"));
  out.Bytes(packed);
  const size_t directory = out.size();
  out.U32(0x02014b50);
  out.U16(20);
  out.U16(20);
  fields();
  for (int i = 0; i < 7; ++i) out.U16(0);  // comment, disk, attributes, offset
  out.Bytes(Text("a.npy"));
  const size_t directory_bytes = out.size() - directory;
  out.U32(0x06054b50);
  out.U32(0);
  out.U16(1);
  out.U16(1);
  out.U32(uint32_t(directory_bytes));
  out.U32(uint32_t(directory));
  out.U16(0);
  return out.Take();
}

bool StoredNpz(const std::string& path, uint64_t zip64_from) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  auto out = OutputFile::Create(path);
  if (!out.ok()) return false;
  ZipWriter zip(out->get(), zip64_from);
  bool good = true;
  for (const char* name : {"a", "b"}) {
    const Bytes npy = Npy(samples::Layer(name, 1, 2, 3), TensorType::kFloat16, 2);
    good = good && zip.BeginEntry(std::string(name) + ".npy", npy.size(), ZipCrc32(npy)).ok() && zip.Write(npy).ok();
  }
  return good && zip.Finish().ok() && (*out)->Commit().ok();
}

bool SaveProfiles(const std::string& folder) {
  for (const Profile& written : {LinearProfile(6, 3, 8), FusedProfile()}) {
    const auto bytes = WriteProfile(written);
    if (!bytes.ok() || !Save(folder + written.kind, *bytes)) return false;
    const auto profile = ReadProfile(*bytes, Limits{}, written.kind);
    if (!profile.ok() || !Save(folder + written.kind + "_embedded", WriteStreamProfile(*profile, false)) ||
        !Save(folder + written.kind + "_by_hash", WriteStreamProfile(*profile, true))) {
      return false;
    }
  }
  return true;
}

bool WriteAll(const std::string& folder) {
  const std::string container = folder + "/fuzz_container/", npy = folder + "/fuzz_npy/", npz = folder + "/fuzz_npz/";
  const LayerSpec layer = samples::Layer("a", 2, 3, 4);
  const Bytes single = Npy(layer, TensorType::kFloat32, 2);
  Bytes version2 = single;
  version2[6] = 2;
  version2.insert(version2.begin() + 10, 2, 0);
  return Save(container + "header", samples::SampleStream({}, false)) &&
         Save(container + "empty", samples::SampleStream({})) &&
         Save(container + "live", samples::SampleStream(samples::SamplePackets(3), false)) &&
         Save(container + "whole", samples::SampleStream(samples::SamplePackets(10))) && Save(npy + "f4", single) &&
         Save(npy + "f2", Npy(layer, TensorType::kFloat16, 3)) && Save(npy + "version2", version2) &&
         Save(npy + "dict", Text("{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 2, 3, 4), }\n")) &&
         Save(npz + "deflated", DeflatedNpz(single)) && StoredNpz(npz + "stored", 0xffffffff) &&
         StoredNpz(npz + "zip64", 1) && SaveProfiles(folder + "/fuzz_profile/");
}

}  // namespace
}  // namespace fsc

int main(int argc, char** argv) {
  if (argc != 2 || !fsc::WriteAll(argv[1])) {
    std::fprintf(stderr, "make_corpus: cannot write the seeds\n");
    return 1;
  }
  return 0;
}
