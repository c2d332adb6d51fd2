// SPDX-License-Identifier: Apache-2.0
// What the parts of the battery find out, as lines of six fields with tabs between them (part,
// name, measure, value, unit, note), so that scripts in any language add theirs; and the report of
// them.
#pragma once
#include <string>
#include <vector>

namespace tgc::gpu {

struct Record {
  std::string part;     // "machine", "kernels", "bundles", "sanitizer", "times"
  std::string name;     // of a case, bundle, tool or sample
  std::string measure;  // of times: whose it is
  std::string value;
  std::string unit;
  std::string note;
};

std::string record_line(const Record& record);
// Lines that are no records are left out.
std::vector<Record> parse_records(const std::string& text);

std::string report_json(const std::vector<Record>& records);
// Tables for people: the machine, what passed and failed, times side by side.
std::string report_markdown(const std::vector<Record>& records);

std::string fixed(double value, int digits);

}  // namespace tgc::gpu
