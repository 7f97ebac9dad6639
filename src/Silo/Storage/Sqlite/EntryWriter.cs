namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Writes log entries. Nothing about them is refused. Entries of one owner come in runs, which share the owner's number and the statement.</summary>
internal static class EntryWriter
{
    public static void Write(Connection connection, Tables<KindTable, LogTable> tables, string workspace, IReadOnlyList<EntryWrite> entries)
    {
        for (var first = 0; first < entries.Count;)
        {
            var (log, owner) = (entries[first].Log, entries[first].Owner);
            var number = Owner(connection, log, workspace, owner);
            using var upsert = connection.Use(tables.Log(log).Upsert);
            for (; first < entries.Count && entries[first].Log == log && entries[first].Owner == owner; first++)
            {
                var entry = entries[first];
                upsert.With(number).With(entry.Seq).With(entry.Body).With(entry.Time).WithFacets(entry.Facets).Run();
                upsert.Again();
            }
        }
    }

    private static long Owner(Connection connection, string log, string workspace, string owner)
    {
        using var find = connection.Use($"SELECT {LogTable.Owner}");
        if (find.With(log).With(workspace).With(owner).Step() && !find.IsNull(0))
        {
            return find.Number(0);
        }

        using var insert = connection.Use("INSERT INTO log_owners (log, workspace, owner) VALUES (?, ?, ?)");
        insert.With(log).With(workspace).With(owner).Run();
        return connection.LastId;
    }
}
