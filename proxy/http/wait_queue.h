#ifndef PROXY_HTTP_WAIT_QUEUE_H_
#define PROXY_HTTP_WAIT_QUEUE_H_

namespace gossamer::proxy {

// A first-come-first-served queue of things that wait, linked through themselves: no allocation,
// and O(1) for one that stops waiting. T derives from WaitQueue<T>::Entry, stands in at most one
// queue, and leaves it when destroyed. The queue borrows what it holds. Not thread-safe.
template <typename T>
class WaitQueue {
 public:
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    bool queued() const { return queue_ != nullptr; }
    void Unqueue() {
      if (queue_ != nullptr) queue_->Remove(this);
    }

   protected:
    ~Entry() { Unqueue(); }

   private:
    friend class WaitQueue;

    WaitQueue* queue_ = nullptr;
    Entry* next_ = nullptr;
    Entry* previous_ = nullptr;
  };

  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;
  ~WaitQueue() {
    while (first_ != nullptr) Remove(first_);
  }

  bool empty() const { return size_ == 0; }
  int size() const { return size_; }

  void Push(T* waiting) {
    Entry* entry = waiting;
    entry->queue_ = this;
    entry->previous_ = last_;
    entry->next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = entry;
    last_ = entry;
    ++size_;
  }

  // Takes the first; null if there is none.
  T* Pop() {
    if (first_ == nullptr) return nullptr;
    T* first = static_cast<T*>(first_);
    Remove(first);
    return first;
  }

  // Takes those that wait now, one after the other; what queues anew in answer is left.
  template <typename Visit>
  void PopAll(Visit visit) {
    for (int left = size_; left > 0; --left) {
      T* waiting = Pop();
      if (waiting == nullptr) return;
      visit(waiting);
    }
  }

 private:
  void Remove(Entry* entry) {
    (entry->previous_ == nullptr ? first_ : entry->previous_->next_) = entry->next_;
    (entry->next_ == nullptr ? last_ : entry->next_->previous_) = entry->previous_;
    entry->queue_ = nullptr;
    --size_;
  }

  Entry* first_ = nullptr;
  Entry* last_ = nullptr;
  int size_ = 0;
};

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_WAIT_QUEUE_H_
