// SPDX-License-Identifier: Apache-2.0
// See records.h.
#include "gpu/records.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace tgc::gpu {
namespace {

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool is_number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.-") != std::string::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return *end == '\0';
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (std::string cell : cells) {
    std::replace(cell.begin(), cell.end(), '|', '/');
    text += " " + cell + " |";
  }
  return text + "\n";
}

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  std::string text = row(head) + row(std::vector<std::string>(head.size(), "---"));
  for (const auto& cells : rows) text += row(cells);
  return text + "\n";
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

// A row a sample, a column a measure.
std::string times_table(const std::vector<Record>& records) {
  std::vector<std::string> names;
  std::vector<std::string> measures;
  for (const Record& record : records) {
    if (record.part != "times") continue;
    add_once(names, record.name);
    add_once(measures, record.measure);
  }
  if (names.empty()) return "";
  std::vector<std::string> head = {"sample"};
  head.insert(head.end(), measures.begin(), measures.end());
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : names) {
    rows.push_back({name});
    for (const std::string& measure : measures) {
      std::string cell;
      for (const Record& record : records) {
        const bool is_it =
            record.part == "times" && record.name == name && record.measure == measure;
        if (is_it) cell = record.value + (record.unit.empty() ? "" : " " + record.unit);
      }
      rows.back().push_back(cell);
    }
  }
  return "## Times\n\n" + table(head, rows);
}

}  // namespace

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string record_line(const Record& record) {
  return one_line(record.part) + "\t" + one_line(record.name) + "\t" + one_line(record.measure) +
         "\t" + one_line(record.value) + "\t" + one_line(record.unit) + "\t" +
         one_line(record.note) + "\n";
}

std::vector<Record> parse_records(const std::string& text) {
  std::vector<Record> records;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::array<std::string, 6> fields;
    size_t count = 1;
    for (size_t i = at; i < end; ++i) {
      if (text[i] == '\t') {
        ++count;
      } else if (count <= fields.size()) {
        fields[count - 1] += text[i];
      }
    }
    if (count == fields.size()) {
      records.push_back({fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]});
    }
    at = end + 1;
  }
  return records;
}

std::string report_json(const std::vector<Record>& records) {
  std::string text = "{\"format\": 1, \"records\": [";
  for (const Record& record : records) {
    text += std::string(&record == records.data() ? "\n" : ",\n") +
            "  {\"part\": " + json_text(record.part) + ", \"name\": " + json_text(record.name) +
            ", \"measure\": " + json_text(record.measure) +
            ", \"value\": " + (is_number(record.value) ? record.value : json_text(record.value)) +
            ", \"unit\": " + json_text(record.unit) + ", \"note\": " + json_text(record.note) + "}";
  }
  return text + "\n]}\n";
}

std::string report_markdown(const std::vector<Record>& records) {
  std::string text = "# GPU battery\n\n";
  std::vector<std::vector<std::string>> machine;
  std::vector<std::vector<std::string>> checks;
  for (const Record& record : records) {
    if (record.part == "machine") {
      machine.push_back({record.name, record.value, record.note});
    } else if (record.part != "times") {
      checks.push_back({record.part, record.name, record.measure,
                        record.value + (record.unit.empty() ? "" : " " + record.unit),
                        record.note});
    }
  }
  if (!machine.empty()) text += table({"machine", "", ""}, machine);
  if (!checks.empty()) {
    text += "## Checks\n\n" + table({"part", "what", "measure", "value", "note"}, checks);
  }
  return text + times_table(records);
}

}  // namespace tgc::gpu
