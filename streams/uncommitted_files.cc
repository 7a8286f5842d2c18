#include "streams/uncommitted_files.h"

#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstring>

#include "fsc/byte_io.h"

namespace fsc {
namespace {

enum SlotState : int { kFree, kChanging, kLive };

struct Slot {
  std::atomic<int> state{kFree};
  char path[PATH_MAX];
};

Slot slots[64];
static_assert(std::atomic<int>::is_always_lock_free, "the table is read in signal handlers");

}  // namespace

int RememberUncommittedFile(const std::string& path) {
  if (path.size() >= sizeof(Slot::path)) return -1;
  for (int i = 0; i < int(std::size(slots)); ++i) {
    int expected = kFree;
    if (!slots[i].state.compare_exchange_strong(expected, kChanging)) continue;
    std::memcpy(slots[i].path, path.c_str(), path.size() + 1);
    slots[i].state.store(kLive);
    return i;
  }
  return -1;
}

void ForgetUncommittedFile(int slot) {
  if (slot >= 0) slots[slot].state.store(kFree);
}

void RemoveUncommittedFiles() {
  for (Slot& slot : slots) {
    if (slot.state.load() == kLive) unlink(slot.path);
  }
}

}  // namespace fsc
