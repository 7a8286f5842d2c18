// csv.h: comma-separated text (RFC 4180): fields with commas, quotes or line ends are quoted.
#ifndef FSC_EVAL_CSV_H_
#define FSC_EVAL_CSV_H_

#include <string>
#include <vector>

namespace fsc {

// The field as it is written.
inline std::string CsvField(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Rows of fields; empty lines are none. Semicolons or tabs separate where the first line has no comma. A byte order
// mark is skipped; a quote that is never closed ends with the text.
inline std::vector<std::vector<std::string>> CsvRows(const std::string& text) {
  const std::string head = text.substr(0, text.find('\n'));
  char separator = ',';
  for (const char other : {';', '\t'}) {
    if (head.find(',') == std::string::npos && head.find(other) != std::string::npos) separator = other;
  }
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false;
  const auto end_row = [&] {
    row.push_back(std::move(field));
    field.clear();
    if (row.size() > 1 || !row[0].empty()) rows.push_back(std::move(row));
    row.clear();
  };
  for (size_t i = text.rfind("\xef\xbb\xbf", 0) == 0 ? 3 : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == separator) {
      row.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r') {
      field += c;
    }
  }
  if (!field.empty() || !row.empty()) end_row();
  return rows;
}

}  // namespace fsc

#endif  // FSC_EVAL_CSV_H_
