// Sections of a packet: apart, together, counted.
#include "streams/packet_sections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using testing::ElementsAre;

TEST(PacketSections, ComeApartAsTheyWerePutTogether) {
  Packet packet;
  const std::vector<uint8_t> first = {1, 2, 3}, second, third = {4};
  AppendSection(SectionKind::kSideInfo, -1, first, &packet);
  AppendSection(SectionKind::kMotion, -1, second, &packet);
  AppendSection(SectionKind::kResidual, 2, third, &packet);
  EXPECT_THAT(packet.payload, ElementsAre(1, 2, 3, 4));
  const Result<std::vector<SectionView>> sections = SectionsOf(packet, "here");
  ASSERT_TRUE(sections.ok());
  ASSERT_EQ(sections->size(), 3u);
  EXPECT_EQ((*sections)[0].kind, SectionKind::kSideInfo);
  EXPECT_EQ((*sections)[0].layer, -1);
  EXPECT_THAT((*sections)[0].bytes, ElementsAre(1, 2, 3));
  EXPECT_TRUE((*sections)[1].bytes.empty());
  EXPECT_EQ((*sections)[2].layer, 2);
  EXPECT_EQ((*sections)[2].bytes.data(), packet.payload.data() + 3) << "borrowed";
  EXPECT_TRUE(SectionsOf(Packet{}, "here")->empty());
}

TEST(PacketSections, SizesThatAreNotThePayloadsAreDamage) {
  Packet packet;
  AppendSection(SectionKind::kResidual, 0, std::vector<uint8_t>(5), &packet);
  for (const uint64_t size : {uint64_t{0}, uint64_t{4}, uint64_t{6}, ~uint64_t{0}}) {
    packet.sections[0].size_bytes = size;
    const auto sections = SectionsOf(packet, "frame 3");
    ASSERT_FALSE(sections.ok()) << size;
    EXPECT_EQ(sections.error().kind, ErrorKind::kBadInput);
    EXPECT_EQ(sections.error().where, "frame 3");
  }
  packet.sections = {{SectionKind::kResidual, 0, 3}, {SectionKind::kResidual, 1, ~uint64_t{0} - 1}};
  EXPECT_FALSE(SectionsOf(packet, "").ok()) << "a sum that overflows";
}

TEST(PacketSections, BytesCountByKindAndLayer) {
  KindBytes bytes;
  for (const Section& section :
       {Section{SectionKind::kSideInfo, -1, 5}, Section{SectionKind::kSideInfo, 2, 7},
        Section{SectionKind::kMotion, -1, 11}, Section{SectionKind::kResidual, 0, 13},
        Section{SectionKind::kResidual, 2, 17}, Section{SectionKind::kConfiguration, -1, 19}}) {
    bytes.Add(section);
  }
  EXPECT_EQ(bytes.side_info, 12u);
  EXPECT_EQ(bytes.motion, 11u);
  EXPECT_EQ(bytes.residual, 30u);
  EXPECT_EQ(bytes.configuration, 19u);
  EXPECT_EQ(bytes.total(), 72u);
  EXPECT_THAT(bytes.by_layer, ElementsAre(13, 0, 24));
}

}  // namespace
}  // namespace fsc
