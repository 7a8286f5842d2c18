// make_streams: writes the kept streams, their digests, and the bad ones into a folder (README.md).
//
// usage: make_streams FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "compare.h"
#include "core/byte_writer.h"
#include "scenarios.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc::conformance {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = 10000;

Status WriteFile(const fs::path& path, const std::vector<uint8_t>& bytes) {
  if (bytes.size() > kMaxFileBytes) return Usage(std::to_string(bytes.size()) + " bytes is too much", path.string());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  out.close();
  if (!out) return IoError("cannot write", path.string());
  return {};
}

// A stream in parts, to damage it where a checksum does not see it.
struct Parts {
  StreamHeader header;
  std::vector<Packet> packets;
};

Result<Parts> Take(const std::vector<uint8_t>& stream) {
  const auto source = MemorySource(stream);
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), {}));
  Parts parts{reader->header(), {}};
  for (;;) {
    FSC_ASSIGN_OR_RETURN(std::optional<Packet> packet, reader->Next());
    if (!packet) return parts;
    // In the header, where a change to it is easiest; a reader takes both.
    if (parts.header.mode_config.empty()) parts.header.mode_config = reader->mode_config();
    if (parts.packets.empty()) RemoveConfiguration(&*packet);
    parts.packets.push_back(std::move(*packet));
  }
}

Result<std::vector<uint8_t>> Join(const Parts& parts) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto writer, ContainerWriter::Create(sink.get(), parts.header));
  for (const Packet& packet : parts.packets) FSC_RETURN_IF_ERROR(writer->Write(packet));
  FSC_RETURN_IF_ERROR(writer->Finish());
  return bytes;
}

// Cuts the last section of a packet to `bytes`.
void CutLastSection(Packet* packet, uint64_t bytes) {
  packet->payload.resize(packet->payload.size() - packet->sections.back().size_bytes + bytes);
  packet->sections.back().size_bytes = bytes;
}

// Where its references stand, after the two bytes that each frame has and the recentring that some have.
ptrdiff_t FirstReference(const Packet& packet) {
  return (packet.payload[1] & 128) != 0 ? 4 : 2;
}

struct Damage {
  std::string name;
  std::function<void(Parts*)> apply;
};

// Damage under correct checksums, to a stream of one layer whose second packet has one reference. The mode
// configuration begins with version, flags, width, height and unit of the motion field (all below 128), and the layer's
// groups.
std::vector<Damage> AllDamage() {
  return {
      {"unknown_version", [](Parts* parts) { parts->header.mode_config[0] = 3; }},
      {"reserved_flag", [](Parts* parts) { parts->header.mode_config[1] |= 2; }},
      {"no_motion_field", [](Parts* parts) { parts->header.mode_config[2] = 0; }},
      {"too_many_groups", [](Parts* parts) { parts->header.mode_config[5] = 64; }},
      {"configuration_cut", [](Parts* parts) { parts->header.mode_config.pop_back(); }},
      {"qp_64", [](Parts* parts) { parts->packets[1].payload[1] = 64; }},
      {"three_references", [](Parts* parts) { parts->packets[1].payload[0] |= 0x60; }},
      {"intra_with_references", [](Parts* parts) { parts->packets[1].payload[0] &= 0xFC; }},
      {"recentre_32",
       [](Parts* parts) {
         Packet& packet = parts->packets[1];
         if ((packet.payload[1] & 128) == 0) {
           packet.payload[1] |= 128;
           packet.payload.insert(packet.payload.begin() + 2, {0, 0});
           packet.sections[0].size_bytes += 2;
         }
         packet.payload[2] = 32;
       }},
      {"nine_output_tables",
       [](Parts* parts) {
         Packet& packet = parts->packets[0];
         const ptrdiff_t stage = FirstReference(packet);  // an intra frame that drops nothing has none
         if ((packet.payload[0] & 16) == 0) {
           packet.payload[0] |= 16;
           packet.payload.insert(packet.payload.begin() + stage, 0);
           ++packet.sections[0].size_bytes;
         }
         packet.payload[stage] = 9;
       }},
      {"reference_to_itself",
       [](Parts* parts) { parts->packets[1].payload[size_t(FirstReference(parts->packets[1]))] = 0; }},
      {"reference_not_stored",
       [](Parts* parts) { parts->packets[1].payload[size_t(FirstReference(parts->packets[1]))] = 9; }},
      {"no_layer", [](Parts* parts) { CutLastSection(&parts->packets[1], 0), parts->packets[1].sections.pop_back(); }},
      {"modes_cut", [](Parts* parts) { CutLastSection(&parts->packets[0], 1); }},
      {"frame_twice",
       [](Parts* parts) {
         Packet& third = parts->packets[2];
         third.frame_number = parts->packets[1].frame_number;
       }},
  };
}

// The same for a joined stream whose packet 5 brings the second configuration.
std::vector<Damage> DamageOfJoined() {
  constexpr size_t kSecond = 5;
  return {
      {"second_configuration_of_unknown_version", [](Parts* parts) { parts->packets[kSecond].payload[0] = 3; }},
      {"second_configuration_cut",
       [](Parts* parts) {
         Packet& packet = parts->packets[kSecond];
         const size_t last = size_t(packet.sections[0].size_bytes) - 1;
         packet.payload.erase(packet.payload.begin() + ptrdiff_t(last));
         packet.sections[0].size_bytes = last;
       }},
      {"second_configuration_too_long",
       [](Parts* parts) {
         Packet& packet = parts->packets[kSecond];
         packet.payload.insert(packet.payload.begin() + ptrdiff_t(packet.sections[0].size_bytes), 0);
         ++packet.sections[0].size_bytes;
       }},
      {"second_configuration_empty",
       [](Parts* parts) {
         Packet& packet = parts->packets[kSecond];
         RemoveConfiguration(&packet);
         AddConfiguration({}, &packet);
       }},
      {"configuration_alone",
       [](Parts* parts) {
         Packet& packet = parts->packets[kSecond];
         packet.payload.resize(size_t(packet.sections[0].size_bytes));
         packet.sections.resize(1);
       }},
  };
}

Status WriteDamaged(const std::vector<uint8_t>& stream, const std::vector<Damage>& all, const fs::path& folder) {
  for (const Damage& damage : all) {
    FSC_ASSIGN_OR_RETURN(Parts parts, Take(stream));
    damage.apply(&parts);
    Result<std::vector<uint8_t>> damaged = Join(parts);
    // The container's own writer refuses what only a broken one would write: then the damage is not the mode's to find.
    if (!damaged.ok()) return Usage(damage.name + " cannot be written", damaged.error().OneLine());
    FSC_RETURN_IF_ERROR(WriteFile(folder / (damage.name + ".fsc"), *damaged));
  }
  return {};
}

Status MakeAll(const fs::path& folder) {
  std::error_code ignored;
  fs::create_directories(folder / "bad", ignored);
  std::string digests;
  std::vector<uint8_t> first, joined;
  for (const Scenario& scenario : KeptScenarios()) {
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> stream, EncodeScenario(scenario));
    const Comparison comparison = Compare(stream);
    if (!comparison.difference.empty() || comparison.damaged) return Internal(comparison.difference, scenario.name);
    FSC_RETURN_IF_ERROR(WriteFile(folder / (scenario.name + ".fsc"), stream));
    digests += DigestOfPlanes(comparison.frames) + "  " + scenario.name + ".fsc\n";
    if (first.empty()) first = stream;
    if (!scenario.then.empty()) joined = stream;
  }
  std::ofstream(folder / "digests.txt") << digests;

  FSC_RETURN_IF_ERROR(WriteDamaged(first, AllDamage(), folder / "bad"));
  FSC_RETURN_IF_ERROR(WriteDamaged(joined, DamageOfJoined(), folder / "bad"));
  std::vector<uint8_t> changed = first;
  changed[changed.size() / 2] ^= 1;
  FSC_RETURN_IF_ERROR(WriteFile(folder / "bad" / "changed_byte.fsc", changed));
  std::vector<uint8_t> cut = first;
  cut.resize(cut.size() / 2);
  return WriteFile(folder / "bad" / "cut.fsc", cut);
}

}  // namespace
}  // namespace fsc::conformance

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_streams FOLDER\n");
    return 2;
  }
  const fsc::Status made = fsc::conformance::MakeAll(argv[1]);
  if (made.ok()) return 0;
  std::fprintf(stderr, "%s\n", made.error().OneLine().c_str());
  return 1;
}
