#include "core/thread_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace fsc {

Status CheckThreads(int threads) {
  if (threads >= 1 && threads <= kMostThreads) return {};
  return Usage(std::to_string(threads) + " threads are outside 1.." + std::to_string(kMostThreads), "threads");
}

ThreadPool::ThreadPool(int threads) {
  workers_.reserve(size_t(std::max(threads, 1)));
  for (int i = 1; i < threads; ++i) {
    try {
      workers_.emplace_back([this] { Work(); });
    } catch (const std::exception&) {
      break;  // the machine has no more threads, or no memory for one: fewer do the same work
    }
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::Drain(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const int index = next_++;
    const auto& task = *task_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      task(index);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure != nullptr) {
      if (failure_ == nullptr) failure_ = failure;
      unfinished_ -= count_ - next_;
      next_ = count_;
    }
    if (--unfinished_ == 0) done_.notify_all();
  }
}

void ThreadPool::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    Drain(lock);
    wake_.wait(lock, [this] { return stop_ || next_ < count_; });
  }
}

void ThreadPool::Run(int count, const std::function<void(int)>& task) {
  if (count <= 0) return;
  std::unique_lock<std::mutex> lock(mutex_);
  task_ = &task;
  count_ = unfinished_ = count;
  next_ = 0;
  wake_.notify_all();
  Drain(lock);
  done_.wait(lock, [this] { return unfinished_ == 0; });
  count_ = next_ = 0;
  task_ = nullptr;
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void RunOnPool(ThreadPool* pool, int count, const std::function<void(int)>& task) {
  if (pool != nullptr) {
    pool->Run(count, task);
    return;
  }
  for (int i = 0; i < count; ++i) task(i);
}

}  // namespace fsc
