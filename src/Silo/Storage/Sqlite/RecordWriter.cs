namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Writes records: the version is compared and unique facets are looked up before anything is written.</summary>
internal static class RecordWriter
{
    /// <summary>A record as it stands before the write.</summary>
    private readonly record struct Standing(long Row, long Version, bool Deleted, object?[] Facets, string? Search);

    /// <summary>Writes a record; a refusal has written nothing.</summary>
    public static Committed? Write(Connection connection, KindTable table, string workspace, RecordWrite write)
    {
        var was = Find(connection, table, workspace, write.Id);
        if ((was?.Version ?? 0) != write.ExpectedVersion)
        {
            return new Committed(CommitStatus.Stale);
        }

        if (Taken(connection, table, workspace, write, was?.Row) is { } facet)
        {
            return new Committed(CommitStatus.Taken, facet);
        }

        var search = SearchText.Fold(write.Search);
        if (was is { } standing)
        {
            Update(connection, table, write, standing, search);
        }
        else
        {
            Insert(connection, table, workspace, write, search);
        }

        Tag(connection, "INSERT OR IGNORE INTO record_tags (of_kind, workspace, tag, id) VALUES (?, ?, ?, ?)", workspace, write, write.Tagged);
        Tag(connection, "DELETE FROM record_tags WHERE of_kind = ? AND workspace = ? AND tag = ? AND id = ?", workspace, write, write.Untagged);
        return null;
    }

    private static void Tag(Connection connection, string sql, string workspace, RecordWrite write, IReadOnlyList<string> tags)
    {
        foreach (var tag in tags)
        {
            using var statement = connection.Use(sql);
            statement.With(write.Kind.Name).With(workspace).With(tag).With(write.Id).Run();
        }
    }

    private static Standing? Find(Connection connection, KindTable table, string workspace, string id)
    {
        using var find = connection.Use(table.Find);
        if (!find.With(workspace).With(id).Step())
        {
            return null;
        }

        var count = table.Schema.Facets.Count;
        var search = KindTable.FirstFacet + count;
        var facets = find.Facets(KindTable.FirstFacet, count);
        return new(find.Number(0), find.Number(1), find.Number(2) != 0, facets, find.IsNull(search) ? null : find.Text(search));
    }

    private static string? Taken(Connection connection, KindTable table, string workspace, RecordWrite write, long? own)
    {
        for (var i = 0; i < table.Holders.Count && !write.Deleted; i++)
        {
            if (table.Holders[i] is not { } holder || write.Facets[i] is null)
            {
                continue;
            }

            using var find = connection.Use(holder);
            if (find.With(workspace).WithFacet(write.Facets[i]).Step() && find.Number(0) != own)
            {
                return table.Schema.Facets[i].Name;
            }
        }

        return null;
    }

    private static void Insert(Connection connection, KindTable table, string workspace, RecordWrite write, string? search)
    {
        using (var insert = connection.Use(table.Insert))
        {
            insert.With(workspace).With(write.Id).With(1).With(write.Body).With(write.Time).With(write.Time)
                .With(write.Deleted ? write.Time.ToUnixTimeMilliseconds() : (long?)null).With(search).WithFacets(write.Facets).Run();
        }

        if (table.Schema.Searchable && !write.Deleted)
        {
            AddSearch(connection, table, connection.LastId, search);
        }
    }

    private static void Update(Connection connection, KindTable table, RecordWrite write, Standing was, string? search)
    {
        if (was.Deleted == write.Deleted && was.Search == search && was.Facets.AsSpan().SequenceEqual(write.Facets))
        {
            using var touch = connection.Use(table.Touch);
            touch.With(was.Version + 1).With(write.Body).With(write.Time).With(was.Row).Run();
            return;
        }

        using (var update = connection.Use(table.Update))
        {
            update.With(was.Version + 1).With(write.Body).With(write.Time).With(write.Deleted ? write.Time.ToUnixTimeMilliseconds() : (long?)null)
                .With(search).WithFacets(write.Facets).With(was.Row).Run();
        }

        if (table.Schema.Searchable && (was.Search != search || was.Deleted != write.Deleted))
        {
            Reindex(connection, table, was, write.Deleted ? null : search);
        }
    }

    private static void Reindex(Connection connection, KindTable table, Standing was, string? search)
    {
        if (was.Search is not null && !was.Deleted)
        {
            using var remove = connection.Use(table.RemoveSearch);
            remove.With(was.Row).Run();
        }

        AddSearch(connection, table, was.Row, search);
    }

    private static void AddSearch(Connection connection, KindTable table, long row, string? search)
    {
        if (search is not null)
        {
            using var add = connection.Use(table.AddSearch);
            add.With(row).With(search).Run();
        }
    }
}
