import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/**
 * The HTTP server of ../../README.md on com.sun.net.httpserver. It takes how long it keeps idle
 * connections from the property sun.net.httpserver.idleInterval.
 */
final class Server {
  static void serve(int port) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 128);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", Server::handle);
    server.start();
  }

  private static void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String[] words = exchange.getRequestURI().getPath().substring(1).split("/");
      Headers headers = exchange.getResponseHeaders();
      switch (words[0]) {
        case "hello" -> answer(exchange, "hello from java\n".getBytes());
        case "echo" -> {
          boolean known = exchange.getRequestHeaders().containsKey("Content-Length");
          if (known) {
            answer(exchange, body);
          } else {
            answerInChunks(exchange, body);
          }
        }
        case "headers" -> answer(exchange, headerLines(exchange).getBytes());
        case "status" -> exchange.sendResponseHeaders(Integer.parseInt(words[1]), -1);
        case "bytes" -> answer(exchange, Pattern.of(Integer.parseInt(words[1])));
        case "chunks" -> answerInChunks(exchange, Pattern.of(Integer.parseInt(words[1])));
        case "hop" -> {
          headers.set("Connection", "x-hop");
          headers.set("X-Hop", "1");
          headers.set("Keep-Alive", "timeout=1");
          headers.set("X-End", "2");
          answer(exchange, "hop\n".getBytes());
        }
        case "close" -> {
          headers.set("Connection", "close");
          answer(exchange, "closing\n".getBytes());
        }
        default -> exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    if (body.length > 0) exchange.getResponseBody().write(body);
  }

  private static void answerInChunks(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      for (int start = 0; start < body.length; start += 10000) {
        out.write(body, start, Math.min(10000, body.length - start));
        out.flush();
      }
    }
  }

  private static String headerLines(HttpExchange exchange) {
    StringBuilder text = new StringBuilder();
    text.append(exchange.getRequestMethod())
        .append(' ')
        .append(exchange.getRequestURI())
        .append(' ')
        .append(exchange.getProtocol());
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) ->
                text.append('\n')
                    .append(name.toLowerCase())
                    .append(": ")
                    .append(String.join(", ", values)));
    return text.toString();
  }

  private Server() {}
}
