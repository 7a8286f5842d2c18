// Modules: those of this build give their tables, all others are refused.
#include "core/module_loader.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

constexpr Module kTestModule = {FSC_TEST_MODULE, "tests", "build them"};

TEST(ModuleLoader, AModuleOfThisBuildGivesItsTable) {
  const Result<const int*> table = ModuleTable<int>(kTestModule, "right_entry");
  ASSERT_TRUE(table.ok()) << table.error().OneLine();
  EXPECT_EQ(**table, 42);
}

TEST(ModuleLoader, AnotherBuildIsRefused) {
  for (const char* entry : {"other_entry", "no_entry"}) {
    const Result<const void*> table = LoadModuleTable(kTestModule, entry);
    ASSERT_FALSE(table.ok()) << entry;
    EXPECT_EQ(table.error().kind, ErrorKind::kUsage);
    EXPECT_NE(table.error().what.find("another build"), std::string::npos) << table.error().OneLine();
  }
}

TEST(ModuleLoader, AMissingModuleSaysWhatToInstall) {
  const Result<const void*> table = LoadModuleTable({"no_such_module.so", "tests", "build them"}, "right_entry");
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().what, "tests cannot be loaded");
  EXPECT_NE(table.error().where.find("no_such_module.so"), std::string::npos);
  EXPECT_EQ(table.error().advice, "build them");
}

TEST(ModuleLoader, EntriesAnswerTheirOwnBuildAlone) {
  void* const library = dlopen(FSC_TEST_MODULE, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr);
  const auto entry = reinterpret_cast<const void* (*)(uint64_t)>(dlsym(library, "right_entry"));
  ASSERT_NE(entry, nullptr);
  EXPECT_NE(entry(ModuleAbi()), nullptr);
  for (int bit = 0; bit < 64; ++bit) EXPECT_EQ(entry(ModuleAbi() ^ (uint64_t{1} << bit)), nullptr);
}

}  // namespace
}  // namespace fsc
