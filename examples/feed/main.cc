// feed: the sample shop's live feed. A client asks for GET /feed with an upgrade to WebSocket and
// then receives a message at a fixed interval; whatever it sends comes back as it was.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "examples/common/app.h"
#include "websocketpp/config/asio_no_tls.hpp"
#include "websocketpp/server.hpp"

namespace gossamer::examples {
namespace {

using Server = websocketpp::server<websocketpp::config::asio>;
using websocketpp::connection_hdl;

constexpr size_t kMessageMax = 64 * 1024;

// Everything but the constructor, Start() and Stop() runs on the one thread of asio's loop.
class Feed {
 public:
  explicit Feed(Counters* counters) : counters_(counters) {}

  std::string Start(int port, int interval_ms) {
    interval_ms_ = interval_ms;
    server_.clear_access_channels(websocketpp::log::alevel::all);
    server_.clear_error_channels(websocketpp::log::elevel::all);
    server_.init_asio();
    server_.set_reuse_addr(true);
    server_.set_max_message_size(kMessageMax);
    server_.set_validate_handler([this](connection_hdl handle) {
      const bool known = server_.get_con_from_hdl(handle)->get_resource() == "/feed";
      counters_->Add(known ? "served.http.101" : "served.http.404");
      if (!known) {
        server_.get_con_from_hdl(handle)->set_status(websocketpp::http::status_code::not_found);
      }
      return known;
    });
    server_.set_http_handler([this](connection_hdl handle) {
      counters_->Add("served.http.426");
      server_.get_con_from_hdl(handle)->set_status(
          websocketpp::http::status_code::upgrade_required);
    });
    server_.set_open_handler([this](connection_hdl handle) { SendTick(handle, 0); });
    server_.set_message_handler([this](connection_hdl handle, Server::message_ptr message) {
      counters_->Add("served.messages_received");
      Send(handle, message->get_payload());
    });
    websocketpp::lib::error_code error;
    server_.listen(websocketpp::lib::asio::ip::tcp::v4(), static_cast<uint16_t>(port), error);
    if (error) return absl::StrCat("cannot listen on --port ", port, ": ", error.message());
    server_.start_accept(error);
    thread_ = std::thread([this] { server_.run(); });
    return "";
  }

  void Stop() {
    server_.stop();
    thread_.join();
  }

 private:
  // False where the connection is gone, which is how a client's leaving is noticed.
  bool Send(connection_hdl handle, const std::string& text) {
    websocketpp::lib::error_code error;
    server_.send(handle, text, websocketpp::frame::opcode::text, error);
    if (!error) counters_->Add("served.messages_sent");
    return !error;
  }

  void SendTick(connection_hdl handle, int number) {
    if (!Send(handle, absl::StrCat("{\"tick\": ", number, "}"))) return;
    server_.set_timer(interval_ms_, [this, handle, number](const websocketpp::lib::error_code& e) {
      if (!e) SendTick(handle, number + 1);
    });
  }

  Counters* const counters_;
  int interval_ms_ = 0;
  Server server_;
  std::thread thread_;
};

}  // namespace
}  // namespace gossamer::examples

int main(int argc, char** argv) {
  gossamer::examples::App app("feed", "The sample shop's live feed, over WebSocket.");
  int port = 7080;
  int interval_ms = 200;
  app.flags().add_option("--port", port, "HTTP port")->capture_default_str();
  app.flags()
      .add_option("--interval-ms", interval_ms, "Time between two messages")
      ->check(CLI::Range(1, 60000))
      ->capture_default_str();
  gossamer::examples::Feed feed(&app.counters());
  return app.Run(argc, argv, [&] { return feed.Start(port, interval_ms); }, [&] { feed.Stop(); });
}
