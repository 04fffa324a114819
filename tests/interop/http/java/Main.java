/**
 * The HTTP server and client of ../../README.md on what comes with Java.
 *
 * <pre>
 *   Main serve PORT
 *   Main call HOST:PORT REQUESTS_FILE
 * </pre>
 */
final class Main {
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 2 && arguments[0].equals("serve")) {
      Server.serve(Integer.parseInt(arguments[1]));
    } else if (arguments.length == 3 && arguments[0].equals("call")) {
      Client.call(arguments[1], arguments[2]);
      System.exit(0); // The library's threads would keep the program.
    } else {
      System.err.println("serve PORT, or call HOST:PORT REQUESTS_FILE");
      System.exit(2);
    }
  }

  private Main() {}
}
