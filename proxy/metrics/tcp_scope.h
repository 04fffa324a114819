#ifndef PROXY_METRICS_TCP_SCOPE_H_
#define PROXY_METRICS_TCP_SCOPE_H_

#include <cstdint>
#include <vector>

#include "lib/metrics/cell_list.h"
#include "lib/metrics/cells.h"
#include "lib/metrics/scope_map.h"

namespace gossamer::proxy {

// TCP connections of one label set. Written by its worker alone.
class TcpScope {
 public:
  void OnOpen() {
    opened_.Add();
    open_.Add();
  }
  // Follows an OnOpen(). `error` is an errno, 0 for an orderly end.
  void OnClose(int error) {
    closed_.Get({error}).Add();
    open_.Sub();
  }
  // Bytes from and to the peer.
  void OnRead(uint64_t bytes) { read_bytes_.Add(bytes); }
  void OnWrite(uint64_t bytes) { write_bytes_.Add(bytes); }

  void MergeFrom(const TcpScope& other);

  // tcp_open_total, tcp_open_connections, tcp_close_total, tcp_read_bytes_total and
  // tcp_write_bytes_total.
  static std::vector<metrics::Family<TcpScope>> Families();

 private:
  struct Error {
    static Error Other() { return {-1}; }
    friend bool operator==(const Error& a, const Error& b) { return a.number == b.number; }
    int number = 0;
  };

  metrics::Counter opened_;
  metrics::Gauge open_;
  metrics::CellList<Error, metrics::Counter> closed_;
  metrics::Counter read_bytes_;
  metrics::Counter write_bytes_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_TCP_SCOPE_H_
