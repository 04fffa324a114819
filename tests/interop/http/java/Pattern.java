/** What bodies are made of. */
final class Pattern {
  static byte[] of(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; ++i) bytes[i] = (byte) ('a' + i % 26);
    return bytes;
  }

  private Pattern() {}
}
