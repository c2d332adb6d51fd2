// SPDX-License-Identifier: Apache-2.0
// Pointers of checked kernels. A global pointer knows the bounds of its buffer; a shared one also
// who touched each element since the last barrier.
#pragma once

#include <cstring>
#include <string>
#include <type_traits>

#include "helpers/emulation/scheduler.h"

template <class T>
class tgc_checked_pointer {
 public:
  tgc_checked_pointer() = default;
  tgc_checked_pointer(T* place, const tgc::EmulatedBuffer* buffer)
      : place_(place), buffer_(buffer) {}
  operator tgc_checked_pointer<const T>() const { return {place_, buffer_}; }

  template <class Index>
  T& operator[](Index index) const {
    return *checked(static_cast<int64_t>(index), 1);
  }
  T& operator*() const { return *checked(0, 1); }
  template <class Index>
  tgc_checked_pointer operator+(Index offset) const {
    return {moved(static_cast<int64_t>(offset)), buffer_};
  }
  template <class Index>
  tgc_checked_pointer operator-(Index offset) const {
    return {moved(-static_cast<int64_t>(offset)), buffer_};
  }
  // The place of `count` elements from `index`, which are in bounds and aligned to `alignment`.
  T* checked(int64_t index, int64_t count, size_t alignment = alignof(T)) const {
    T* const place = moved(index);
    const auto begin = reinterpret_cast<uintptr_t>(place);
    const int64_t bytes = count * static_cast<int64_t>(sizeof(T));
    if (buffer_ == nullptr) tgc::fail_kernel("uses a pointer that was never set");
    if (begin < reinterpret_cast<uintptr_t>(buffer_->begin) ||
        begin + static_cast<uintptr_t>(bytes) > reinterpret_cast<uintptr_t>(buffer_->end)) {
      const auto start = reinterpret_cast<intptr_t>(buffer_->begin);
      const auto size = static_cast<intptr_t>(sizeof(T));
      tgc::fail_kernel("out of bounds: element " +
                       std::to_string((static_cast<intptr_t>(begin) - start) / size) + " of " +
                       buffer_->name + ", which has " +
                       std::to_string((buffer_->end - buffer_->begin) / size));
    }
    if (begin % alignment != 0) {
      tgc::fail_kernel("misaligned: " + std::to_string(bytes) + " bytes of " + buffer_->name +
                       " are accessed at once where alignment is less than " +
                       std::to_string(alignment));
    }
    return place;
  }

 private:
  T* moved(int64_t offset) const {  // may leave the buffer: only accesses are checked
    return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(place_) +
                                static_cast<uintptr_t>(offset) * sizeof(T));
  }
  T* place_ = nullptr;
  const tgc::EmulatedBuffer* buffer_ = nullptr;
};

// One element of shared memory: reading and writing it is noted.
template <class T>
class tgc_shared_reference {
 public:
  tgc_shared_reference(T* value, tgc::SharedWord* word, const char* name, int64_t index)
      : value_(value), word_(word), name_(name), index_(index) {}
  operator T() const {
    tgc::note_shared_read(*word_, name_, index_);
    return *value_;
  }
  void operator=(const T& value) const {
    tgc::note_shared_write(*word_, name_, index_);
    *value_ = value;
  }
  void operator=(const tgc_shared_reference& other) const { *this = static_cast<T>(other); }
  void operator+=(const T& value) const { *this = static_cast<T>(T(*this) + value); }

 private:
  T* value_;
  tgc::SharedWord* word_;
  const char* name_;
  int64_t index_;
};

template <class T>
class tgc_shared_pointer {
 public:
  tgc_shared_pointer(T* values, tgc::SharedWord* words, int64_t count, const char* name)
      : values_(values), words_(words), count_(count), name_(name) {}

  template <class Index>
  tgc_shared_reference<T> operator[](Index index) const {
    const int64_t at = offset_ + static_cast<int64_t>(index);
    check(at, 1, alignof(T));
    return {values_ + at, words_ + at, name_, at};
  }
  template <class Index>
  tgc_shared_pointer operator+(Index offset) const {
    tgc_shared_pointer moved = *this;
    moved.offset_ += static_cast<int64_t>(offset);
    return moved;
  }
  enum class Use { read, write, pending };
  // The place of `count` elements from `index`, noted as read, written or being copied to.
  T* checked(int64_t index, int64_t count, Use use) const {
    const int64_t first = offset_ + index;
    check(first, count, sizeof(T) * static_cast<size_t>(count));
    for (int64_t i = first; i < first + count; ++i) {
      if (use == Use::read) tgc::note_shared_read(words_[i], name_, i);
      if (use == Use::write) tgc::note_shared_write(words_[i], name_, i);
      if (use == Use::pending) tgc::note_shared_pending(words_[i], name_, i);
    }
    return values_ + first;
  }

 private:
  void check(int64_t first, int64_t count, size_t alignment) const {
    if (first < 0 || first + count > count_) {
      tgc::fail_kernel("out of bounds: element " + std::to_string(first) + " of shared " + name_ +
                       ", which has " + std::to_string(count_));
    }
    if (reinterpret_cast<uintptr_t>(values_ + first) % alignment != 0) {
      tgc::fail_kernel(std::string("misaligned: ") + std::to_string(count) +
                       " elements of shared " + name_ + " are accessed at once from element " +
                       std::to_string(first));
    }
  }
  T* values_;
  tgc::SharedWord* words_;
  int64_t offset_ = 0;
  int64_t count_;
  const char* name_;
};
