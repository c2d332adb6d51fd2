// SPDX-License-Identifier: Apache-2.0
// Strong integer ids: a VariableId never passes for an ApplyId. An id indexes the owner's vector.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tgc {

template <class Tag>
struct Id {
  int32_t value = -1;

  [[nodiscard]] bool valid() const { return value >= 0; }
  [[nodiscard]] size_t index() const { return static_cast<size_t>(value); }
  friend auto operator<=>(const Id&, const Id&) = default;
};

template <class IdType>
IdType make_id(size_t index) {
  return IdType{static_cast<int32_t>(index)};
}

}  // namespace tgc

template <class Tag>
struct std::hash<tgc::Id<Tag>> {
  size_t operator()(const tgc::Id<Tag>& id) const noexcept {
    return std::hash<int32_t>{}(id.value);
  }
};
