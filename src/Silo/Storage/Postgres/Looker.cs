using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Looks up how everything that some changes mention stands, in one round trip.</summary>
internal static class Looker
{
    /// <summary>The slate of what is there now.</summary>
    public static async Task<Slate> Look(NpgsqlConnection connection, IReadOnlyList<Change> changes, DateTimeOffset now, Tables<KindTable, LogTable> tables)
    {
        var slate = new Slate(assumed: false);
        var fills = new List<Func<NpgsqlDataReader, Action>>();
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(PlanWriter.Prelude);
        Records(batch, changes, slate, tables, fills);
        Holders(batch, changes, slate, tables, fills);
        Logs(batch, changes, slate, fills);
        Answers(batch, changes, now, slate, fills);

        await using var reader = await batch.ExecuteReaderAsync();
        foreach (var fill in fills)
        {
            await reader.NextResultAsync(); // the first result is the prelude's
            var take = fill(reader);
            while (await reader.ReadAsync())
            {
                take();
            }
        }

        return slate;
    }

    private static void Records(
        NpgsqlBatch batch, IReadOnlyList<Change> changes, Slate slate, Tables<KindTable, LogTable> tables, List<Func<NpgsqlDataReader, Action>> fills)
    {
        var mentioned = changes.SelectMany(change => change.Records.Select(r => new RecordKey(r.Kind.Name, change.Workspace, r.Id))
            .Concat(change.References.Select(r => new RecordKey(r.Kind.Name, change.Workspace, r.Id))));
        foreach (var kind in mentioned.Distinct().GroupBy(key => key.Kind, StringComparer.Ordinal))
        {
            var table = tables.Of(new(kind.Key, ""));
            RecordKey[] keys = [.. kind];
            batch.Add(table.Look).With(Array.ConvertAll(keys, key => key.Workspace)).With(Array.ConvertAll(keys, key => key.Id));
            fills.Add(reader => () =>
            {
                var held = new object?[table.Unique.Count];
                for (var i = 0; i < held.Length; i++)
                {
                    held[i] = reader.IsDBNull(3 + i) ? null : reader.GetValue(3 + i);
                }

                slate.Records.Start(keys[reader.GetInt64(0) - 1], new(reader.GetInt64(1), reader.GetBoolean(2), held));
            });
        }
    }

    private static void Holders(
        NpgsqlBatch batch, IReadOnlyList<Change> changes, Slate slate, Tables<KindTable, LogTable> tables, List<Func<NpgsqlDataReader, Action>> fills)
    {
        var wanted =
            from change in changes
            from record in change.Records
            where !record.Deleted
            from facet in tables.Of(record.Kind).Unique
            where record.Facets[facet] is not null
            select Judge.ValueOf(change.Workspace, record, facet);
        foreach (var facet in wanted.Distinct().GroupBy(value => (value.Kind, value.Facet)))
        {
            var table = tables.Of(new(facet.Key.Kind, ""));
            ValueKey[] values = [.. facet];
            batch.Add(table.Holders(facet.Key.Facet)).With(Array.ConvertAll(values, value => value.Workspace))
                .With(table.Schema.Facets[facet.Key.Facet].Type, Array.ConvertAll(values, value => (object?)value.Value));
            fills.Add(reader => () => slate.Holders.Start(values[reader.GetInt64(0) - 1], reader.GetString(1)));
        }
    }

    private static void Logs(NpgsqlBatch batch, IReadOnlyList<Change> changes, Slate slate, List<Func<NpgsqlDataReader, Action>> fills)
    {
        var mentioned =
            from change in changes
            from write in change.Rows
            from name in write is RowWrite.Adopt adopt ? new[] { adopt.Log, adopt.Stage } : [write.Log]
            select new LogKey(change.Workspace, name);
        LogKey[] logs = [.. mentioned.Distinct()];
        if (logs.Length > 0)
        {
            batch.Add("""
                SELECT u.at, l.next_seq, l.staged_at IS NOT NULL
                FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (workspace, name, at) JOIN troupe.row_logs AS l USING (workspace, name)
                """).With(Array.ConvertAll(logs, log => log.Workspace)).With(Array.ConvertAll(logs, log => log.Log));
            fills.Add(reader => () => slate.Logs.Start(logs[reader.GetInt64(0) - 1], new(reader.GetInt64(1), reader.GetBoolean(2))));
        }
    }

    private static void Answers(
        NpgsqlBatch batch, IReadOnlyList<Change> changes, DateTimeOffset now, Slate slate, List<Func<NpgsqlDataReader, Action>> fills)
    {
        AnswerKey[] keys = [.. changes.SelectMany(change => change.Answers.Select(answer => Judge.AnswerOf(change.Workspace, answer))).Distinct()];
        if (keys.Length > 0)
        {
            batch.Add("""
                SELECT u.at FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS u (workspace, scope, key, at)
                JOIN troupe.answers AS t USING (workspace, scope, key) WHERE t.created_at > $4
                """).With(Array.ConvertAll(keys, key => key.Workspace)).With(Array.ConvertAll(keys, key => key.Scope))
                .With(Array.ConvertAll(keys, key => key.Key)).With(now - Limits.AnswerRetention);
            fills.Add(reader => () => slate.Answers.Start(keys[reader.GetInt64(0) - 1], true));
        }
    }
}
