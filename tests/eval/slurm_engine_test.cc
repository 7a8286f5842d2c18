// Arrays on commands that pretend to be Slurm's: scripts of a line or two, found first in PATH.
#include "eval/slurm_engine.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/run_command.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShareOut, EvenAndInOrder) {
  EXPECT_THAT(ShareOut(3, 10), ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
  EXPECT_THAT(ShareOut(7, 3), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4, 5, 6)));
  EXPECT_TRUE(ShareOut(0, 3).empty());
  size_t most = 0, least = 1000, all = 0;
  for (const auto& task : ShareOut(2500, 1001)) {
    most = std::max(most, task.size());
    least = std::min(least, task.size());
    all += task.size();
  }
  EXPECT_EQ(all, 2500u);
  EXPECT_EQ(least, 2u);
  EXPECT_EQ(most, 3u);
}

TEST(SlurmJobText, NumbersAndClusters) {
  const Result<SlurmJob> plain = ParseSlurmJob("1234");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->number, "1234");
  EXPECT_EQ(plain->cluster, "");
  const Result<SlurmJob> remote = ParseSlurmJob("7;east");
  ASSERT_TRUE(remote.ok());
  EXPECT_EQ(remote->cluster, "east");
  EXPECT_EQ(SlurmJobText(*remote), "7;east");
  for (const char* text : {"", ";east", "12x", "Submitted batch job 3"}) EXPECT_FALSE(ParseSlurmJob(text).ok()) << text;
}

TEST(SbatchOptions, ThoseThatUndoTheScriptAreRefused) {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{}, Words{"--partition=a", "-t", "30", "--mem", "4G", "--exclusive"},
                             Words{"-Aaccount", "--requeue", "--wait-all-nodes=1"}})
    EXPECT_TRUE(CheckSbatchOptions(words).ok());
  for (const Words& words : {Words{"--array=1-3"}, Words{"--arr", "1"}, Words{"-a", "1"}, Words{"-o", "x"}, Words{"-W"},
                             Words{"--wrap=ls"}, Words{"--mem=4G", "job.sh"}, Words{"--"}, Words{"-"}})
    EXPECT_FALSE(CheckSbatchOptions(words).ok()) << words[0];
}

TEST(SlurmScript, NamesAreQuotedWhereAShellOrSbatchWouldReadThemOtherwise) {
  SlurmScript script;
  script.job_name = "fsc-x";
  script.tasks = 12;
  script.parallel = 3;
  script.cpus_per_task = 2;
  script.log_folder = "/a b/100%/logs";
  script.working_folder = "/it's here";
  script.environment = {{"DATA", "$HOME;x"}};
  script.command = {"/opt/fsc", "eval", "my suite.json"};
  const Result<std::string> text = WriteScript(script);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            "#!/bin/sh\n#SBATCH --job-name=fsc-x\n#SBATCH --array=0-11%3\n#SBATCH --cpus-per-task=2\n"
            "#SBATCH --output=\"/a b/100%%/logs/%a.log\"\n#SBATCH --open-mode=append\n"
            "export DATA='$HOME;x'\ncd '/it'\\''s here' || exit\n"
            "exec /opt/fsc eval 'my suite.json' \"$SLURM_ARRAY_TASK_ID\"\n");
  for (const char* folder : {"/a\\b", "/a\"b", "/a\nb"}) {
    script.log_folder = folder;
    EXPECT_FALSE(WriteScript(script).ok()) << folder;
  }
}

TEST(RunCommand, OutputErrorsCodesAndSignals) {
  ASSERT_EQ(setenv("FSC_TEST_SEEN", "1", 1), 0);
  ASSERT_EQ(setenv("FSC_TEST_HIDDEN", "1", 1), 0);
  const auto output =
      RunCommand({"sh", "-c", "echo out $FSC_TEST_SEEN$FSC_TEST_HIDDEN; echo errors >&2; exit 3"}, {"FSC_TEST_HIDDEN"});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->exit_code, 3);
  EXPECT_EQ(output->out, "out 1\n");
  EXPECT_EQ(output->errors, "errors\n");
  const auto long_output = RunCommand({"sh", "-c", "yes | head -c 1000000"});
  ASSERT_TRUE(long_output.ok());
  EXPECT_EQ(long_output->out.size(), 1000000u) << "more than a pipe holds";
  const auto killed = RunCommand({"sh", "-c", "kill -9 $$"});
  ASSERT_TRUE(killed.ok());
  EXPECT_EQ(killed->exit_code, 128 + 9);
  EXPECT_THAT(RunCommand({"no-such-program-of-ours"}).error().OneLine(), HasSubstr("no-such-program-of-ours"));
  EXPECT_EQ(RunCommand({"echo", "*;$HOME"})->out, "*;$HOME\n") << "no shell";
}

class SlurmEngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "bin");
    path_ = std::getenv("PATH");
    setenv("PATH", ((folder_ / "bin").string() + ":" + path_).c_str(), 1);
    Command("sbatch", "echo 5");
    Command("scontrol", "exit 1");
    Command("sacct", "exit 1");
    Command("scancel", "exit 0");
    options_.folder = (folder_ / "slurm").string();
    options_.poll = std::chrono::milliseconds(10);
    options_.settle = std::chrono::milliseconds(100);
    for (const char* id : {"point-0-a", "point-1-b"}) {
      Job job;
      job.id = id;
      job.done = [this, id](const Status& status) {
        EXPECT_EQ(outcomes_.count(id), 0u);
        outcomes_[id] = status.ok() ? "fine" : status.error().OneLine();
      };
      jobs_.push_back(std::move(job));
    }
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }

  void Command(const std::string& name, const std::string& script) {
    const fs::path path = folder_ / "bin" / name;
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(path, fs::perms::owner_all);
  }
  // What a worker does.
  void Finish(const std::string& id) { ASSERT_TRUE(JobFolder(options_.folder + "/1").WriteOutcome(id, Status()).ok()); }
  Status Run() { return SlurmEngine(options_).Run(jobs_); }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  std::string path_;
  SlurmOptions options_;
  std::vector<Job> jobs_;
  std::map<std::string, std::string> outcomes_;
};

TEST_F(SlurmEngineTest, ResultsCountBeforeStates) {
  Command("squeue", "echo '0|COMPLETED|None'; echo '1|RUNNING|None'");
  options_.show_queue = [&](const std::string&) {
    Finish("point-0-a");
    Finish("point-1-b");
  };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(outcomes_, (std::map<std::string, std::string>{{"point-0-a", "fine"}, {"point-1-b", "fine"}}));
  EXPECT_FALSE(fs::exists(folder_ / "slurm" / "1" / "submitted"));
}

TEST_F(SlurmEngineTest, TasksThatSlurmHasForgottenAreAskedOfTheAccounting) {
  Command("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  Command("sacct", "case \"$1\" in --jobs=5_1) echo '5_1|CANCELLED by 0';; *) echo '5_0.batch|FAILED';; esac");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(outcomes_["point-0-a"], HasSubstr("Slurm task 5_0 ended without a result: " + options_.folder));
  EXPECT_THAT(outcomes_["point-1-b"], HasSubstr("Slurm task 5_1 ended without a result (CANCELLED by 0)"));
}

TEST_F(SlurmEngineTest, ATaskThatIsStartedAgainIsNotLost) {
  // Its node went; then it waits once more, runs, and ends well.
  Command("squeue", fmt::format("echo x >> {0}/asked; echo '1|COMPLETED|None'; n=$(wc -l < {0}/asked); "
                                "if [ $n -lt 2 ]; then echo '0|NODE_FAIL|None'; else echo '0|PENDING|BeginTime'; fi",
                                folder_.string()));
  options_.settle = std::chrono::seconds(60);
  options_.poll = std::chrono::milliseconds(50);
  int asked = 0;
  options_.show_queue = [&](const std::string& text) {
    if (++asked == 1) Finish("point-1-b");
    if (asked >= 4) EXPECT_THAT(text, HasSubstr("1 pending (BeginTime)"));
    if (asked == 8) Finish("point-0-a");
  };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(outcomes_["point-0-a"], "fine");
}

TEST_F(SlurmEngineTest, TheLastLineOfTheLogIsTold) {
  Command("squeue", "echo '0|OUT_OF_MEMORY|None'; echo '1|TIMEOUT|None'");
  fs::create_directories(folder_ / "slurm" / "1" / "logs");
  fs::rename(folder_ / "slurm" / "1", folder_ / "slurm" / "2");  // 2 is taken, 1 is free
  options_.show_queue = [&](const std::string&) {
    std::ofstream(folder_ / "slurm" / "1" / "logs" / "0.log") << "first\n\x1b[1mkilled\tby the kernel\n \n";
  };
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(outcomes_["point-0-a"], HasSubstr("(OUT_OF_MEMORY): "));
  EXPECT_THAT(outcomes_["point-0-a"], HasSubstr("/1/logs/0.log:  [1mkilled by the kernel"));
  EXPECT_THAT(outcomes_["point-1-b"], HasSubstr("(TIMEOUT)"));
  EXPECT_THAT(outcomes_["point-1-b"], HasSubstr("there is nothing in the log"));
}

TEST_F(SlurmEngineTest, AClusterOfAnotherNameIsNamedToEveryCommand) {
  Command("sbatch", "echo '9;east'");
  Command("squeue",
          "case \"$*\" in *--clusters=east*) echo 'CLUSTER: east'; echo '0|FAILED|None'; echo '1|FAILED|None';; esac");
  options_.settle = std::chrono::seconds(60);
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(outcomes_["point-0-a"], HasSubstr("Slurm task 9_0 ended without a result (FAILED)"));
}

TEST_F(SlurmEngineTest, SubmissionsThatSayNothingUsefulAreErrors) {
  Command("squeue", "exit 1");
  Command("sbatch", "echo 'usage: sbatch'");
  EXPECT_THAT(Run().error().OneLine(), HasSubstr("usage: sbatch"));
  Command("sbatch", "exit 3");
  EXPECT_THAT(Run().error().OneLine(), HasSubstr("code 3"));
  EXPECT_FALSE(fs::exists(folder_ / "slurm" / "1"));
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(SlurmEngineTest, AnInterruptWhoseScancelFailsSaysThatTheArrayMayRun) {
  Command("squeue", "echo '0|RUNNING|None'");
  Command("scancel", "echo 'scancel: error: Access denied' >&2; exit 1");
  options_.interrupted = [] { return true; };
  const Status status = Run();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().OneLine(), HasSubstr("it may still run"));
  EXPECT_THAT(status.error().OneLine(), HasSubstr("Access denied"));
  EXPECT_TRUE(fs::exists(folder_ / "slurm" / "1" / "submitted")) << "a later run looks after it";
}

TEST_F(SlurmEngineTest, AnArrayOfAnEarlierRunThatHasEndedIsNoHindrance) {
  Command("squeue", "echo '0|CANCELLED|None'");
  options_.interrupted = [] { return true; };
  EXPECT_FALSE(Run().ok());
  bool announced = false;
  options_.announce = [&](const std::string&) { announced = true; };
  EXPECT_TRUE(SlurmEngine(options_).Begin().ok());
  EXPECT_FALSE(announced);
  EXPECT_FALSE(fs::exists(folder_ / "slurm" / "1" / "submitted"));
}

TEST_F(SlurmEngineTest, VariablesOfSbatchDoNotMoveTheLogs) {
  Command("sbatch", "echo \"$SBATCH_OUTPUT$SBATCH_ARRAY_INX\" >&2; exit 1");
  setenv("SBATCH_OUTPUT", "elsewhere", 1);
  setenv("SBATCH_ARRAY_INX", "1-3", 1);
  EXPECT_THAT(Run().error().OneLine(), Not(HasSubstr("elsewhere")));
  unsetenv("SBATCH_OUTPUT");
  unsetenv("SBATCH_ARRAY_INX");
}

}  // namespace
}  // namespace fsc
