using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Writes a plan in one round trip: one batch, which the server carries out as one transaction. Every assumption is checked by the statement that
/// builds upon it (<c>troupe.expect</c>); if one does not hold, nothing is written.</summary>
internal sealed class PlanWriter(Owners owners)
{
    /// <summary>Second half of the key of the lock that transactions with events share; see <see cref="PostgresOutbox"/>.</summary>
    public const int EventLock = 2;

    /// <summary>Time a transaction waits for a row that another holds, in milliseconds.</summary>
    private const int LockMilliseconds = 2_000;

    /// <summary>What every writing transaction begins with. It sets, for itself only: durability, should the server be set to do without; a bound on waiting;
    /// plans that go by the keys, made once: fresh tables have no statistics, and a plan that reads a whole table would be kept long after it has
    /// grown.</summary>
    public static string Prelude { get; } = $"""
        SELECT
          set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), true),
          set_config('lock_timeout', '{LockMilliseconds}', true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true),
          set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
        """;

    private static readonly string s_preludeOfEvents = $"{Prelude}, pg_advisory_xact_lock_shared({Opener.Locks}, {EventLock})";

    /// <summary>Carries a plan out. Throws what the driver throws; see <see cref="Faults.IsConflict"/>.</summary>
    /// <param name="connection">A connection without a transaction.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="assumed">Whether it was made on an assumed slate.</param>
    /// <param name="now">The clock.</param>
    /// <param name="tables">The declared tables.</param>
    public async Task Write(NpgsqlConnection connection, Plan plan, bool assumed, DateTimeOffset now, Tables<KindTable, LogTable> tables)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(plan.Events.Count > 0 ? s_preludeOfEvents : Prelude);
        foreach (var kind in plan.References.GroupBy(reference => reference.Kind, StringComparer.Ordinal))
        {
            RecordKey[] keys = [.. kind];
            batch.Add(tables.Of(new(kind.Key, "")).Live).With(Array.ConvertAll(keys, key => key.Workspace)).With(Array.ConvertAll(keys, key => key.Id));
        }

        var unknown = new HashSet<OwnerKey>();
        foreach (var wave in plan.Waves)
        {
            foreach (var (table, writes) in wave.Kinds.Values)
            {
                Records(batch, assumed ? table.Touch : table.Update, table, writes.Old);
                Records(batch, table.Insert, table, writes.New);
                Tags(batch, [.. writes.Old, .. writes.New]);
            }

            Rows(batch, wave);
            foreach (var (table, writes) in wave.Entries.Values)
            {
                Entries(batch, table, writes, unknown);
            }
        }

        Answers(batch, plan.Kept, now);
        Tell(batch, plan);
        await batch.ExecuteNonQueryAsync();
        owners.Know(unknown);
    }

    private static void Records(NpgsqlBatch batch, string sql, KindTable table, List<(string Workspace, RecordWrite Write)> writes)
    {
        if (writes.Count == 0)
        {
            return;
        }

        // In order of the key, so that two transactions that meet wait for each other in one order.
        writes.Sort(static (a, b) => (string.CompareOrdinal(a.Write.Id, b.Write.Id), string.CompareOrdinal(a.Workspace, b.Workspace)).CompareTo((0, 0)));
        var command = batch.Add(sql)
            .With(Column(writes, w => w.Workspace)).With(Column(writes, w => w.Write.Id)).With(Column(writes, w => w.Write.ExpectedVersion))
            .With(Column(writes, w => w.Write.Body)).With(Column(writes, w => w.Write.Time.ToUnixTimeMilliseconds())).With(Column(writes, w => w.Write.Deleted))
            .With(Column(writes, w => SearchText.Fold(w.Write.Search)));
        for (var i = 0; i < table.Schema.Facets.Count; i++)
        {
            var facet = i;
            command.With(table.Schema.Facets[i].Type, Column(writes, w => w.Write.Facets[facet]));
        }

        command.With(table.Generation);
    }

    private static void Tags(NpgsqlBatch batch, List<(string Workspace, RecordWrite Write)> writes)
    {
        Put(
            """
            INSERT INTO troupe.record_tags (of_kind, workspace, tag, id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
            ON CONFLICT DO NOTHING
            """,
            write => write.Tagged);
        Put(
            """
            DELETE FROM troupe.record_tags AS t USING unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS u (of_kind, workspace, tag, id)
            WHERE t.of_kind = u.of_kind AND t.workspace = u.workspace AND t.tag = u.tag AND t.id = u.id
            """,
            write => write.Untagged);

        void Put(string sql, Func<RecordWrite, IReadOnlyList<string>> tagsOf)
        {
            var tags = writes.SelectMany(w => tagsOf(w.Write).Select(tag => (w.Workspace, w.Write, Tag: tag))).ToList();
            if (tags.Count > 0)
            {
                batch.Add(sql).With(Column(tags, t => t.Write.Kind.Name)).With(Column(tags, t => t.Workspace)).With(Column(tags, t => t.Tag))
                    .With(Column(tags, t => t.Write.Id));
            }
        }
    }

    private static void Rows(NpgsqlBatch batch, Wave wave)
    {
        RowStatements.Grow(batch, RowStatements.Begin, [.. wave.Grown.Where(log => log.Value.IsNew)]);
        RowStatements.Grow(batch, RowStatements.Extend, [.. wave.Grown.Where(log => !log.Value.IsNew)]);
        if (wave.Segments.Count > 0)
        {
            RowStatements.Append(batch, wave.Segments);
        }

        foreach (var (workspace, write, found) in wave.Moves)
        {
            RowStatements.Move(batch, workspace, write, found);
        }
    }

    private void Entries(NpgsqlBatch batch, LogTable table, List<(string Workspace, EntryWrite Write)> writes, HashSet<OwnerKey> unknown)
    {
        var places = new Dictionary<OwnerKey, int>();
        var owner = new int[writes.Count];
        for (var i = 0; i < owner.Length; i++)
        {
            var key = new OwnerKey(table.Schema.Name, writes[i].Workspace, writes[i].Write.Owner);
            places.TryAdd(key, places.Count + 1);
            owner[i] = places[key];
        }

        var missing = places.Keys.Where(key => !owners.Knows(key) && unknown.Add(key)).ToList();
        if (missing.Count > 0)
        {
            batch.Add("INSERT INTO troupe.log_owners (log, workspace, owner) SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING")
                .With(table.Schema.Name).With(Column(missing, key => key.Workspace)).With(Column(missing, key => key.Owner));
        }

        OwnerKey[] all = [.. places.Keys];
        var command = batch.Add(table.Upsert).With(table.Schema.Name)
            .With(Array.ConvertAll(all, key => key.Workspace)).With(Array.ConvertAll(all, key => key.Owner))
            .With(owner).With(Column(writes, w => w.Write.Seq)).With(Column(writes, w => w.Write.Body))
            .With(Column(writes, w => w.Write.Time.ToUnixTimeMilliseconds()));
        for (var i = 0; i < table.Schema.Facets.Count; i++)
        {
            var facet = i;
            command.With(table.Schema.Facets[i].Type, Column(writes, w => w.Write.Facets[facet]));
        }
    }

    private static void Answers(NpgsqlBatch batch, List<(string Workspace, Answer Answer)> kept, DateTimeOffset now)
    {
        if (kept.Count > 0)
        {
            batch.Add("""
                WITH kept AS (
                  INSERT INTO troupe.answers AS t (workspace, scope, key, hash, body, created_at)
                  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[])
                  ON CONFLICT (workspace, scope, key) DO UPDATE SET hash = excluded.hash, body = excluded.body, created_at = excluded.created_at
                  WHERE t.created_at <= $7 RETURNING 1)
                SELECT troupe.expect(count(*), cardinality($1)) FROM kept
                """).With(Column(kept, k => k.Workspace)).With(Column(kept, k => k.Answer.Scope)).With(Column(kept, k => k.Answer.Key))
                .With(Column(kept, k => k.Answer.Hash)).With(Column(kept, k => k.Answer.Body)).With(Column(kept, k => k.Answer.Time.ToUnixTimeMilliseconds()))
                .With(now - Limits.AnswerRetention);
        }
    }

    /// <summary>Events come last: a transaction that waited for another, or built upon what it wrote, gets later positions.</summary>
    private static void Tell(NpgsqlBatch batch, Plan plan)
    {
        if (plan.Audit is { Count: > 0 } audit)
        {
            batch.Add("""
                INSERT INTO troupe.audit (workspace, id, actor, action, subject, request_id, time, detail)
                SELECT workspace, id, actor, action, subject, request_id, time, detail
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bytea[])
                  WITH ORDINALITY AS u (workspace, id, actor, action, subject, request_id, time, detail, at) ORDER BY at
                """).With(Column(audit, a => a.Workspace)).With(Column(audit, a => a.Entry.Id)).With(Column(audit, a => a.Entry.Actor))
                .With(Column(audit, a => a.Entry.Action)).With(Column(audit, a => a.Entry.Subject)).With(Column(audit, a => a.Entry.RequestId))
                .With(Column(audit, a => a.Entry.Time.ToUnixTimeMilliseconds())).With(Column(audit, a => a.Entry.Detail));
        }

        if (plan.Events is { Count: > 0 } events)
        {
            batch.Add("""
                INSERT INTO troupe.outbox (workspace, id, type, subject, time, data, previous)
                SELECT workspace, id, type, subject, time, data, previous
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[])
                  WITH ORDINALITY AS u (workspace, id, type, subject, time, data, previous, at) ORDER BY at
                """).With(Column(events, e => e.Workspace)).With(Column(events, e => e.Event.Id)).With(Column(events, e => e.Event.Type))
                .With(Column(events, e => e.Event.Subject)).With(Column(events, e => e.Event.Time.ToUnixTimeMilliseconds()))
                .With(Column(events, e => e.Event.Data)).With(Column(events, e => e.Event.Previous));
        }
    }

    private static TValue[] Column<TRow, TValue>(List<TRow> rows, Func<TRow, TValue> value)
    {
        var column = new TValue[rows.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(rows[i]);
        }

        return column;
    }
}
