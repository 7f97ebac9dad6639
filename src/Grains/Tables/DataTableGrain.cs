using Troupe.Identity;

namespace Troupe.Tables;

/// <summary>The shell of a data table. Ingest interleaves: callers line up, and one pump stores all who have gathered in one commit; every other verb that commits takes
/// its turn with the pump at the gate.</summary>
public sealed class DataTableGrain(IStore store, TimeProvider clock) : ResourceGrain<DataTable, DataTableDraft>(store, clock), IDataTableGrain, IRemindable
{
    private const string RowsIngested = "rows_ingested";
    private const string Erasing = "erase:";
    private static readonly Caller Itself = new(GrainKey.System, "system");
    private static readonly IReadOnlyList<Usage> OneTable = [new(Meter.Tables, 1)];

    private readonly Gate _gate = new();
    private readonly IngestQueue _queue = new();
    private readonly TokenBucket _bucket = new(clock);
    private (WorkspaceTerms Terms, long AskedAt)? _terms;
    private bool _pumping;

    private IWorkspaceGrain Workspace => GrainFactory.GetGrain<IWorkspaceGrain>($"{GrainKey.System}/{Key.Workspace}");

    /// <inheritdoc/>
    public override async Task<Outcome<Stored<DataTable>>> Create(DataTableDraft draft, Caller by)
    {
        // Charged first: a failure after this leaves the meter one too high, never a table that nobody counted.
        var charged = await Workspace.Charge(OneTable);
        if (!charged.Ok)
        {
            return charged.Failure;
        }

        var made = await _gate.Alone(() => Found(() => DataTable.Create(draft).Map(table => table with { Log = RowId.NewLog(Clock.GetUtcNow()) }), by));
        if (!made.Ok)
        {
            await Workspace.Release(OneTable);
        }

        return made;
    }

    /// <inheritdoc/>
    public override Task<Outcome<Stored<DataTable>>> Change(DataTableDraft draft, Caller by) => _gate.Alone(() => base.Change(draft, by));

    /// <inheritdoc/>
    public override async Task<Outcome<Stored<DataTable>>> Delete(Caller by)
    {
        var deleted = await _gate.Alone(async () =>
        {
            await EraseLater();
            return await Erase(by);
        });
        if (deleted.Ok)
        {
            await Workspace.Release(OneTable);
        }

        return deleted;
    }

    /// <inheritdoc/>
    public async Task<Outcome<TableSchema>> Schema()
    {
        await EnsureLoaded();
        if (State is not { Value: var table })
        {
            DeactivateOnIdle(); // nobody's table: not worth its memory
            return Absent;
        }

        return new TableSchema(table.Schema, table.Columns);
    }

    /// <inheritdoc/>
    public async Task<Outcome<TableSnapshot>> Snapshot() => (await Read()).Map(table =>
        new TableSnapshot(table.Id, table.Value.Log, table.Value.RowCount, [.. table.Value.Columns.Select(column => column.Name)], table.Value.MetadataFields()));

    /// <inheritdoc/>
    public Task<Outcome<Ingested>> Ingest(IngestBatch batch)
    {
        if (_queue.Add(batch) is not { } caller)
        {
            throw new LimitExceededException("Too many rows wait for this table; nothing was stored. Try again later.");
        }

        if (!_pumping)
        {
            _pumping = true;
            _ = Pump();
        }

        return caller.Waiting;
    }

    /// <inheritdoc/>
    public async Task<Outcome<Ingested>> Answered(IngestBatch batch)
    {
        await EnsureLoaded();
        if (State is null || !State.Value.Admits(batch))
        {
            return State is null ? Absent : DataTable.NoWebhook;
        }

        var known = await Store.Answers(Key.Workspace, IngestGroup.Scope(Key.Id), [batch.IdempotencyKey!]);
        return known is [var answer] ? IngestGroup.Repeat(batch, answer) : Failure.Missing("answer");
    }

    /// <inheritdoc/>
    public async Task<Outcome<TokenEntry>> Enter(string tokenHash)
    {
        await EnsureLoaded();
        if (State is not { Value: var table })
        {
            DeactivateOnIdle();
            return DataTable.NoWebhook;
        }

        if (!table.Admits(tokenHash) || await Terms() is not { } terms)
        {
            return DataTable.NoWebhook;
        }

        return new TokenEntry(table.Schema, terms.RequestsPerSecond is { } limit ? _bucket.Take(limit) : null);
    }

    /// <inheritdoc/>
    public async Task<Outcome<ImportTicket>> OpenImport(ImportMode mode) => (await Read()).Then(table =>
        table.Value.RefuseImport(mode) is { } failure
            ? failure
            : (Outcome<ImportTicket>)new ImportTicket(mode, table.Value.Schema, table.Value.Columns, RowId.NewLog(Clock.GetUtcNow())));

    /// <inheritdoc/>
    public Task<Outcome<Stored<DataTable>>> CloseImport(StagedRows staged, Caller by) => _gate.Alone(async () =>
    {
        var (mode, stage) = (staged.Ticket.Mode, staged.Ticket.Stage);
        if (mode == ImportMode.Replace)
        {
            await EraseLater();
        }

        return await Apply(table => table.Imported(staged), "imported", by, (next, change) => change with
        {
            Rows = staged.Count == 0 ? [] : [new RowWrite.Adopt(next.Value.Log, stage, mode == ImportMode.Append ? next.Value.RowCount - staged.Count : 0)],
            Events = [TableEvents.Imported(next, staged.Count, mode)],
        });
    });

    /// <inheritdoc/>
    public async Task<Outcome<WebhookToken>> RotateWebhook(Caller by)
    {
        await EnsureLoaded();
        if (State is null)
        {
            return Absent;
        }

        var token = IngestToken.New(Key);
        var webhook = new IngestWebhook(IngestToken.Hash(token), Time.Milliseconds(Clock.GetUtcNow()));
        var rotated = await _gate.Alone(() => Apply(table => table with { Webhook = webhook }, "webhook_rotated", by));
        return rotated.Map(_ => new WebhookToken(token, webhook.CreatedAt));
    }

    /// <inheritdoc/>
    public Task<Outcome<Stored<DataTable>>> DisableWebhook(Caller by) =>
        _gate.Alone(() => Apply(table => table.Webhook is null ? table : table with { Webhook = null }, "webhook_disabled", by));

    /// <summary>Rows of a log that is not in use any more have been kept long enough.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await EnsureLoaded();
        var log = reminderName[Erasing.Length..];
        if (State?.Value.Log != log)
        {
            await Store.Commit(new Change(Key.Workspace) { Rows = [new RowWrite.Drop(log)] });
        }

        if (await this.GetReminder(reminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    /// <summary>The hash of a token is no news; ingested rows have an event of their own.</summary>
    protected override IReadOnlyList<Event> Events(Stored<DataTable> next, string verb, ReadOnlyMemory<byte> body) =>
        verb == RowsIngested ? [] : base.Events(next, verb, next.Value.Webhook is { } webhook ? Json.Write(next.Value with { Webhook = webhook with { Hash = "" } }) : body);

    private async Task Pump()
    {
        await Task.Yield(); // calls that are in the mailbox already join the first commit
        while (!_queue.IsEmpty)
        {
            await _gate.Alone(StoreNext);
        }

        _pumping = false;
    }

    private async Task<Done> StoreNext()
    {
        var group = new IngestGroup(_queue.Take());
        try
        {
            await EnsureLoaded();
            if (State is not { Value: var table })
            {
                group.Refuse(Absent);
                return default;
            }

            group.Decide(table, group.Keys.Count == 0 ? [] : await Store.Answers(Key.Workspace, IngestGroup.Scope(Key.Id), group.Keys));
            group.Answer(group.Rows == 0 ? null : await Append(table, group));
        }
        catch (Exception fault)
        {
            group.Fail(fault);
        }

        return default;
    }

    private async Task<Failure?> Append(DataTable table, IngestGroup group)
    {
        using var body = new Utf8Buffer();
        var outcome = await Apply(
            was => ReferenceEquals(was, table) ? was.Appended(group.Rows) : Failure.Stale("table"), RowsIngested, Itself, (next, change) => group.Into(next, change, body));
        return outcome.Failure is { Kind: Refusal.Conflict } ? Failure.Stale("table") : outcome.Failure; // a key that was free a moment ago
    }

    /// <summary>Sees to it that the present rows are erased some day, should they go out of use now. Before the commit that puts them out of use, so that they are never
    /// forgotten; if that commit fails, the reminder finds them in use and does nothing.</summary>
    private async Task EraseLater()
    {
        await EnsureLoaded();
        if (State is { Value: { RowCount: > 0 } table })
        {
            await this.RegisterOrUpdateReminder(Erasing + table.Log, Limits.RowsKept, TimeSpan.FromHours(1));
        }
    }

    /// <summary>What the workspace's plan says, at most as old as a grant; null when the workspace is gone.</summary>
    private async ValueTask<WorkspaceTerms?> Terms()
    {
        if (_terms is { } held && Clock.GetElapsedTime(held.AskedAt) < Limits.GrantAge)
        {
            return held.Terms;
        }

        var askedAt = Clock.GetTimestamp();
        var terms = await Workspace.Terms();
        _terms = terms.Ok ? (terms.Value, askedAt) : null;
        return terms.Value;
    }
}
