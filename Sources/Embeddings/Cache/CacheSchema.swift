internal import GRDB

/// The tables of a cache, and how older ones become today's.
enum CacheSchema {
  /// In the file's header: "CLDc", so that `file` and we know a cache from other databases.
  static let applicationID: Int32 = 0x434C_4463

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      // `checksum` is over the value's bytes: SQLite does not notice damage inside a value.
      try db.execute(
        sql: """
          CREATE TABLE embeddings (
            producer TEXT NOT NULL, preprocessing TEXT NOT NULL, clip TEXT NOT NULL,
            dimension INTEGER NOT NULL, vector BLOB NOT NULL,
            flops INTEGER NOT NULL, seconds REAL NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (producer, preprocessing, clip));
          CREATE TABLE detections (
            producer TEXT NOT NULL, preprocessing TEXT NOT NULL, clip TEXT NOT NULL,
            languages TEXT NOT NULL, logits BLOB NOT NULL,
            flops INTEGER NOT NULL, seconds REAL NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (producer, preprocessing, clip));
          CREATE TABLE transcripts (
            producer TEXT NOT NULL, preprocessing TEXT NOT NULL, clip TEXT NOT NULL,
            language TEXT NOT NULL, text TEXT NOT NULL,
            flops INTEGER NOT NULL, seconds REAL NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (producer, preprocessing, clip, language));
          PRAGMA application_id = \(applicationID);
          """)
    }
    migrator.registerMigration("2") { db in
      // How long the clip was; and what a cache is: which shard, of which selection.
      try db.execute(
        sql: """
          ALTER TABLE embeddings ADD COLUMN audio REAL;
          CREATE TABLE properties (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
          """)
    }
    return migrator
  }
}
