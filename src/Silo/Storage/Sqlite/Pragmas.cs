namespace Troupe.Silo.Storage.Sqlite;

/// <summary>What the files and connections are set to. Each figure was measured; see docs/concepts/store.md.</summary>
internal static class Pragmas
{
    /// <summary>The first statements on the writer's connection. The page size counts only while the file is empty; <c>synchronous=FULL</c> syncs the log at
    /// each commit. No memory map: it saves little, and what it maps would count as memory of the process.</summary>
    public const string Writer =
        """
        PRAGMA page_size = 8192;
        PRAGMA busy_timeout = 5000;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 2000;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -32768;
        PRAGMA temp_store = MEMORY;
        PRAGMA mmap_size = 0;
        """;

    /// <summary>The first statements on a reader's connection.</summary>
    public const string Reader =
        """
        PRAGMA busy_timeout = 5000;
        PRAGMA query_only = ON;
        PRAGMA cache_size = -8192;
        PRAGMA temp_store = MEMORY;
        PRAGMA mmap_size = 0;
        """;
}
