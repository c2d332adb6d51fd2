// SPDX-License-Identifier: Apache-2.0
// Checks on shared memory (who wrote, who read, was there a barrier), asynchronous copies into it,
// and its dynamic part.
#include "helpers/emulation/launch.h"

namespace tgc {

void start_copy(std::function<void()> copy) {
  emulated_self->copies.push_back({std::move(copy), -1});
}
void commit_copies() {
  const int group = emulated_self->copy_groups++;
  for (PendingCopy& pending : emulated_self->copies) {
    if (pending.group < 0) pending.group = group;
  }
}
void wait_for_copies(int pending_groups) {
  std::vector<PendingCopy>& copies = emulated_self->copies;
  size_t kept = 0;
  for (PendingCopy& pending : copies) {
    if (pending.group >= 0 && pending.group < emulated_self->copy_groups - pending_groups) {
      pending.copy();
    } else {
      std::swap(copies[kept++], pending);
    }
  }
  copies.resize(kept);
}

DynamicShared dynamic_shared() {
  if (launch.shared_words.size() != launch.shared_bytes.size()) {
    launch.shared_words.resize(launch.shared_bytes.size());
  }
  return {launch.shared_bytes.data(), launch.shared_words.data(), launch.shared_bytes.size()};
}

namespace {
std::string shared_name(const char* name, int64_t index) {
  return std::string("shared ") + name + "[" + std::to_string(index) + "]";
}
}  // namespace

void note_shared_read(SharedWord& word, const char* name, int64_t index) {
  const uint64_t now = emulated_self->stamp;
  if (word.pending) {
    fail_kernel(shared_name(name, index) + " is read before thread " +
                std::to_string(stamp_thread(word.writer)) + " waited for its copy to arrive");
  }
  if (stamp_epoch(word.writer) < emulated_block_start) {
    fail_kernel(shared_name(name, index) + " is read, but no thread of the block has written it");
  }
  if (races(word.writer, now)) {
    fail_kernel(shared_name(name, index) + " is read, but thread " +
                std::to_string(stamp_thread(word.writer)) + " wrote it with no barrier in between");
  }
  if (!races(word.reader, now)) {
    word.reader = now;
  } else if (!races(word.other_reader, now) ||
             stamp_thread(word.other_reader) / 32 == stamp_thread(word.reader) / 32) {
    word.other_reader = now;
  }
}

void note_shared_write(SharedWord& word, const char* name, int64_t index) {
  const uint64_t now = emulated_self->stamp;
  for (const uint64_t before : {word.writer, word.reader, word.other_reader}) {
    if (races(before, now)) {
      fail_kernel(shared_name(name, index) + " is written, but thread " +
                  std::to_string(stamp_thread(before)) +
                  (before == word.writer ? " wrote" : " read") + " it with no barrier in between");
    }
  }
  word.writer = now;
  word.pending = false;
}

void note_shared_pending(SharedWord& word, const char* name, int64_t index) {
  note_shared_write(word, name, index);
  word.pending = true;
}

}  // namespace tgc
