#include "eval/report.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/report_chart.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using ::testing::ElementsAre;

// Not a matcher: a failure must not print the whole page.
bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A red pixel as a PNG file.
const std::vector<uint8_t> kRedPixel = {
    0x89, 'P',  'N',  'G',  0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 'I',  'H',  'D',  'R',  0x00, 0x00,
    0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00,
    0x0c, 'I',  'D',  'A',  'T',  0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18,
    0xdd, 0x8d, 0xb0, 0x00, 0x00, 0x00, 0x00, 'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82};

Report SampleReport() {
  Report report;
  report.title = "Sample <suite>";
  report.anchor = "x265 slow, tiles";
  report.command = "fsc eval suite.json -o out --jobs 2";
  report.versions = {{"libx265", "3.5"}, {"machine", "2 cores"}};
  const char* configs[] = {"x265 slow, tiles", "x264 slow, tiles", "x265 medium, tiles", "latent high",
                           "remote x265 slow"};
  for (const auto& [model, clip] :
       {std::pair{"resnet18-camvid", "camvid"}, std::pair{"yolox-nano", "solidWhiteRight"}}) {
    for (int c = 0; c < 5; ++c) {
      for (int i = 0; i < 6; ++i) {
        EvalPoint p;
        p.model = model;
        p.clip = clip;
        p.config = configs[c];
        p.mode = "hevc";
        p.qp = 42 - 4 * i;
        p.frames = 24;
        p.frames_per_s = 25;
        const double rate = 0.03 * std::pow(2, i) * (c == 3 ? 0.4 : 1 + 0.2 * c);
        const double quality = 1 - std::exp(-1.2 - 0.5 * i);
        p.values = {{"bits_per_element", rate},
                    {"bits_per_pixel", 2 * rate},
                    {"kbit_per_s", 9000 * rate},
                    {"agreement", quality},
                    {"kl_nats", 0.3 * (1 - quality)},
                    {"snr_db", 6 + 3.0 * i},
                    {"task_snr_db", 8 + 2.5 * i},
                    {"nrmse", 0.05 / (i + 1)},
                    {"front_ms", 21.5},
                    {"encode_ms", 30 + 9.0 * c},
                    {"decode_ms", 4},
                    {"back_ms", 12},
                    {"transform_ms", 1.5},
                    {"restore_ms", 1},
                    {"peak_memory_mib", 180},
                    {"encode_mel_per_s", 12},
                    {"decode_mel_per_s", 80},
                    {"bytes", 1000},
                    {"motion_bytes", c == 3 ? 150.0 : 0}};
        if (std::string(clip) == "camvid") {
          p.accuracy_name = "mIoU";
          p.values["accuracy"] = 0.69 * quality;
          p.values["accuracy_uncompressed"] = 0.69;
        }
        for (int t = 0; t < 24; ++t) {
          p.frame_bits.push_back(rate * 1e5 * (t % 12 == 0 ? 6 : 1 + 0.2 * std::sin(t)));
          p.frame_nrmse.push_back(0.02 + 0.002 * std::sin(t * 0.7 + c));
          p.frame_kl_nats.push_back(0.05 + 0.03 * std::cos(t * 0.5 + c));
        }
        p.command = "fsc encode clip --mode hevc --qp " + std::to_string(p.qp);
        report.points.push_back(std::move(p));
      }
    }
  }
  EvalPoint failed;
  failed.model = "yolox-nano";
  failed.clip = "solidWhiteRight";
  failed.config = "av1, tiles";
  failed.error = "no encoder of that name: libsvtav1: build FFmpeg with it";
  report.points.push_back(failed);
  report.figures = {{"resnet18-camvid", "camvid", "frame 0, uncompressed", kRedPixel},
                    {"resnet18-camvid", "camvid", "frame 0, latent high, QP 34", kRedPixel}};
  return report;
}

TEST(Report, NeedsNothingButItself) {
  const std::string html = ReportHtml(SampleReport());
  EXPECT_FALSE(Has(html, "http:"));
  EXPECT_FALSE(Has(html, "https:"));
  EXPECT_FALSE(Has(html, "@import"));
  EXPECT_FALSE(Has(html, "url("));
  const std::regex source("src=\"(?!data:)");
  EXPECT_FALSE(std::regex_search(html, source));
}

TEST(Report, HasWhatItPromises) {
  const std::string html = ReportHtml(SampleReport());
  EXPECT_TRUE(Has(html, "Sample &lt;suite&gt;"));
  EXPECT_TRUE(Has(html, "prefers-color-scheme:dark"));
  EXPECT_TRUE(Has(html, "data-tip=\"latent high, QP 42: 0.012 bit/el"));
  EXPECT_TRUE(Has(html, "At equal accuracy on labels"));
  EXPECT_TRUE(Has(html, "Bits per frame"));
  EXPECT_TRUE(Has(html, "Time per stage"));
  EXPECT_TRUE(Has(html, "data:image/png;base64,iVBORw0KGgo"));
  EXPECT_TRUE(Has(html, "no encoder of that name"));
  EXPECT_TRUE(Has(html, "fsc eval suite.json -o out --jobs 2"));
  EXPECT_TRUE(Has(html, "fsc encode clip --mode hevc --qp 42"));
  EXPECT_TRUE(Has(html, "libx265"));
  EXPECT_FALSE(Has(html, ">nan") || Has(html, " nan"));
  // latent high has the same qualities as the anchor at .4 of its rate.
  EXPECT_TRUE(Has(html, "<span class=\"good\">-60.0 %</span>"));
}

TEST(Report, SurvivesAnEmptySuiteAndStrangeValues) {
  EXPECT_TRUE(Has(ReportHtml({}), "</html>"));
  Report report;
  EvalPoint p;
  p.config = p.model = p.clip = "x";
  p.values = {{"bits_per_element", 0.0},
              {"agreement", 1.0},
              {"snr_db", std::numeric_limits<double>::infinity()},
              {"kl_nats", 0.0}};
  report.points = {p};
  EXPECT_TRUE(Has(ReportHtml(report), "∞"));
}

TEST(Report, Base64OfTheRfc) {
  const auto bytes = [](const std::string& s) { return std::vector<uint8_t>(s.begin(), s.end()); };
  EXPECT_EQ(Base64(bytes("")), "");
  EXPECT_EQ(Base64(bytes("f")), "Zg==");
  EXPECT_EQ(Base64(bytes("fo")), "Zm8=");
  EXPECT_EQ(Base64(bytes("foobar")), "Zm9vYmFy");
}

TEST(Chart, Ticks) {
  EXPECT_THAT(LinearTicks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(LinearTicks(61, 69, 4), ElementsAre(62, 64, 66, 68));
  EXPECT_THAT(LogTicks(0.009, 12, 6),
              ::testing::Pointwise(::testing::DoubleNear(1e-9), {0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0}));
  EXPECT_GE(LogTicks(1.1, 1.4, 5).size(), 2u);
}

// Renders the page in a frame of that width (a window of headless Chromium is never narrower than 500) and reads how
// wide its content is: nothing may stick out sideways. -1 when it did not render.
int RenderedWidth(const std::filesystem::path& folder, const std::string& html, int width_px) {
  std::ofstream(folder / "frame.html") << "<body><iframe id=f style=\"border:0;width:" << width_px
                                       << "px;height:2000px\" srcdoc=\"" << HtmlEscaped(html)
                                       << "\" onload=\"const d=document.getElementById('f').contentDocument;"
                                          "document.title='width '+d.documentElement.scrollWidth+' charts "
                                          "'+d.querySelectorAll('.chart svg').length\"></iframe></body>";
  const std::string command =
      "chromium --headless --no-sandbox --disable-gpu --disable-background-networking --user-data-dir=" +
      (folder / "profile").string() + " --window-size=1400,2100 --dump-dom file://" + (folder / "frame.html").string() +
      " > " + (folder / "dom.html").string() + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) return -1;
  std::ifstream file(folder / "dom.html");
  const std::string dom((std::istreambuf_iterator<char>(file)), {});
  std::smatch found;
  if (!std::regex_search(dom, found, std::regex("<title>width ([0-9]+) charts ([0-9]+)"))) return -1;
  return std::stoi(found[2]) == 15 ? std::stoi(found[1]) : -1;
}

TEST(Report, FitsAScreenAndAPhone) {
  if (std::system("chromium --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs a browser: install chromium";
  const TemporaryFolder folder;
  const std::string html = ReportHtml(SampleReport());
  if (const char* keep = std::getenv("FSC_KEEP_REPORT")) std::ofstream(keep) << html;
  for (const int width_px : {1280, 390}) {
    const int width = RenderedWidth(folder.path(), html, width_px);
    EXPECT_GT(width, 0) << "the page did not render at " << width_px;
    EXPECT_LE(width, width_px);
  }
}

}  // namespace
}  // namespace fsc
