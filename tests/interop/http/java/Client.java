import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The HTTP client of ../../README.md on java.net.http. */
final class Client {
  private static final int TEXT_BYTES_MAX = 2000;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** One line of the file of requests. */
  private record Spec(
      String method, String path, List<String> headers, Map<String, String> options) {
    static Spec parse(String line) {
      String[] words = line.trim().split("\\s+");
      Spec spec = new Spec(words[0], words[1], new ArrayList<>(), new HashMap<>());
      for (int i = 2; i < words.length; ++i) {
        String[] pair = words[i].split("=", 2);
        if (pair[0].equals("header")) {
          for (String part : pair[1].split(":", 2)) spec.headers.add(part);
        } else {
          spec.options.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
      }
      return spec;
    }

    int number(String key, int otherwise) {
      return options.containsKey(key) ? Integer.parseInt(options.get(key)) : otherwise;
    }

    BodyPublisher body() {
      if (!options.containsKey("body")) return BodyPublishers.noBody();
      byte[] bytes = Pattern.of(number("body", 0));
      return options.containsKey("chunked")
          ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))
          : BodyPublishers.ofByteArray(bytes);
    }
  }

  static void call(String address, String path) throws Exception {
    for (String line : Files.readAllLines(Path.of(path))) {
      System.out.println(json(run(address, Spec.parse(line))));
    }
  }

  private static Map<String, Object> run(String address, Spec spec) throws Exception {
    int count = spec.number("connections", 1);
    ExecutorService threads = Executors.newFixedThreadPool(count);
    List<Callable<Map<String, Object>>> work = new ArrayList<>();
    for (int i = 0; i < count; ++i) {
      long pause = spec.number("gap", 0) + (long) spec.number("spread", 0) * i / count;
      work.add(() -> repeat(address, spec, pause));
    }
    List<Map<String, Object>> results = new ArrayList<>();
    for (Future<Map<String, Object>> each : threads.invokeAll(work)) results.add(each.get());
    threads.shutdown();
    Map<String, Object> total = results.get(0);
    for (Map<String, Object> other : results.subList(1, count)) {
      for (String key : List.of("done", "failed")) {
        total.put(key, (int) total.get(key) + (int) other.get(key));
      }
      if (total.get("error").equals("")) total.put("error", other.get("error"));
    }
    return total;
  }

  /** The requests of one connection. */
  private static Map<String, Object> repeat(String address, Spec spec, long pause)
      throws Exception {
    boolean http2 = spec.options.getOrDefault("version", "").equals("2");
    HttpClient client =
        HttpClient.newBuilder()
            .version(http2 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .build();
    Map<String, Object> result = new LinkedHashMap<>();
    String error = "";
    int failed = 0;
    int times = spec.number("times", 1);
    for (int round = 0; round < times; ++round) {
      if (round > 0 && pause > 0) Thread.sleep(pause);
      try {
        ask(client, address, spec, result);
      } catch (IOException problem) {
        ++failed;
        if (error.isEmpty()) error = problem.toString();
      }
    }
    result.put("done", times);
    result.put("failed", failed);
    result.put("error", error);
    return result;
  }

  private static void ask(
      HttpClient client, String address, Spec spec, Map<String, Object> result) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + address + spec.path))
            .timeout(TIMEOUT)
            .method(spec.method, spec.body())
            .expectContinue(spec.options.containsKey("expect"));
    if (!spec.headers.isEmpty()) request.headers(spec.headers.toArray(new String[0]));
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    byte[] body = response.body();
    Map<String, Object> headers = new LinkedHashMap<>();
    response
        .headers()
        .map()
        .forEach((name, values) -> headers.put(name.toLowerCase(), String.join(", ", values)));
    result.put("status", response.statusCode());
    result.put("version", response.version() == HttpClient.Version.HTTP_2 ? "2.0" : "1.1");
    result.put("headers", headers);
    result.put("bytes", body.length);
    result.put("sha256", checksum(body));
    result.put(
        "body",
        body.length <= TEXT_BYTES_MAX ? new String(body, StandardCharsets.ISO_8859_1) : "");
    result.put("close", "close".equals(headers.get("connection")));
    if (response.statusCode() >= 502 && response.statusCode() <= 504) {
      throw new IOException("status " + response.statusCode());
    }
  }

  private static String checksum(byte[] body) throws Exception {
    StringBuilder text = new StringBuilder();
    for (byte each : MessageDigest.getInstance("SHA-256").digest(body)) {
      text.append(String.format("%02x", each));
    }
    return text.toString();
  }

  /** What comes with Java has no JSON. */
  @SuppressWarnings("unchecked")
  private static String json(Object value) {
    if (value instanceof Map) {
      StringBuilder text = new StringBuilder("{");
      ((Map<String, Object>) value)
          .forEach(
              (name, each) ->
                  text.append(text.length() > 1 ? ", " : "")
                      .append(json(name))
                      .append(": ")
                      .append(json(each)));
      return text.append("}").toString();
    }
    if (!(value instanceof String)) return String.valueOf(value);
    StringBuilder text = new StringBuilder("\"");
    for (char c : ((String) value).toCharArray()) {
      text.append(c < ' ' || c == '"' || c == '\\' || c > '~' ? String.format("\\u%04x", (int) c) : c);
    }
    return text.append('"').toString();
  }

  private Client() {}
}
