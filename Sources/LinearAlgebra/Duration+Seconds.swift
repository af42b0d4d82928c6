extension Duration {
  /// The duration in seconds: what reports, caches and rates are in.
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
