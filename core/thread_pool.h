// thread_pool.h: runs independent tasks on a fixed number of threads. No result may depend on how many there are.
#ifndef FSC_CORE_THREAD_POOL_H_
#define FSC_CORE_THREAD_POOL_H_

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "fsc/status.h"

namespace fsc {

inline constexpr int kMostThreads = 256;

// kUsage unless `threads` is 1 .. kMostThreads.
Status CheckThreads(int threads);

class ThreadPool {
 public:
  // `threads` >= 1 in all: the caller of Run works too, so threads - 1 are started.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return int(workers_.size()) + 1; }
  // Calls task(0) .. task(count - 1), each once, in any order, and returns when all are done. Tasks must not call Run
  // on the same pool. Where one throws, as for want of memory, those that have not begun are left out, and Run throws
  // the same once the others are done: a pool fails as a plain loop does.
  void Run(int count, const std::function<void(int)>& task);

 private:
  void Work();
  void Drain(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int)>* task_ = nullptr;  // of the Run in progress
  int count_ = 0;
  int next_ = 0;
  int unfinished_ = 0;
  std::exception_ptr failure_;  // the first of the Run in progress
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

// pool->Run(count, task), or a plain loop where `pool` is null.
void RunOnPool(ThreadPool* pool, int count, const std::function<void(int)>& task);

}  // namespace fsc

#endif  // FSC_CORE_THREAD_POOL_H_
