#ifndef LIB_METRICS_CELL_LIST_H_
#define LIB_METRICS_CELL_LIST_H_

#include <atomic>
#include <cstddef>
#include <utility>

namespace gossamer::metrics {

// Cells of one family that differ in a few labels decided per event, such as the status code, by a
// small key that compares with ==. Cells come to life at first use and stay.
//
// One thread calls Get(), any thread ForEach(). Bounded: after `kMax` keys, further ones share the
// cell of `Key::Other()`.
template <typename Key, typename Cell, size_t kMax = 32>
class CellList {
 public:
  CellList() = default;
  ~CellList() {
    for (Node* node = head_.load(std::memory_order_relaxed); node != nullptr;) {
      delete std::exchange(node, node->next);
    }
  }
  CellList(const CellList&) = delete;
  CellList& operator=(const CellList&) = delete;

  // The cell of `key`, which is stable. O(keys), few in practice.
  Cell& Get(const Key& key) {
    if (Cell* cell = Find(key)) return *cell;
    const Key actual = size_ < kMax ? key : Key::Other();
    if (size_ >= kMax) {
      if (Cell* cell = Find(actual)) return *cell;
    }
    ++size_;
    Node* const node = new Node{actual, {}, head_.load(std::memory_order_relaxed)};
    // Release: whoever sees the node sees it whole.
    head_.store(node, std::memory_order_release);
    return node->cell;
  }

  // Calls `visit(key, cell)` for each, the newest first.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Node* node = head_.load(std::memory_order_acquire); node != nullptr;
         node = node->next) {
      visit(node->key, node->cell);
    }
  }

  void MergeFrom(const CellList& other) {
    other.ForEach([this](const Key& key, const Cell& cell) { Get(key).MergeFrom(cell); });
  }

 private:
  struct Node {
    const Key key;
    Cell cell;
    Node* const next;
  };

  Cell* Find(const Key& key) {
    for (Node* node = head_.load(std::memory_order_relaxed); node != nullptr; node = node->next) {
      if (node->key == key) return &node->cell;
    }
    return nullptr;
  }

  std::atomic<Node*> head_{nullptr};
  size_t size_ = 0;
};

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_CELL_LIST_H_
