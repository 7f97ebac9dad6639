using Troupe.Identity;

namespace Troupe.Tables;

/// <summary>The shell of a data table. Ingest interleaves (the other half of this class); every verb that commits takes its turn with it at the gate.</summary>
public sealed partial class DataTableGrain(IStore store, TimeProvider clock)
    : ResourceGrain<DataTable, DataTableDraft>(store, clock), IDataTableGrain, IRemindable
{
    private const string Erasing = "erase:";
    private static readonly Usage[] OneTable = [new(Meter.Tables, 1)];

    private readonly Gate _gate = new();

    private IWorkspaceGrain Workspace => GrainFactory.GetGrain<IWorkspaceGrain>($"{GrainKey.System}/{Key.Workspace}");

    /// <summary>Loads the table: nearly every call is rows for one that is there.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Reload(cancellationToken);

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
        new TableSnapshot(
            table.Id, table.Value.Log, table.Value.RowCount, [.. table.Value.Columns.Select(column => column.Name)], table.Value.MetadataFields()));

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

    /// <summary>Ingested rows have an event of their own.</summary>
    protected override IReadOnlyList<Event> Events(Stored<DataTable> next, string verb, ReadOnlyMemory<byte> body) =>
        verb == RowsIngested ? [] : base.Events(next, verb, body);

    /// <summary>Nobody is told the hash of a token.</summary>
    protected override DataTable Told(DataTable value) => value.Webhook is { } webhook ? value with { Webhook = webhook with { Hash = "" } } : value;

    /// <summary>Sees to it that the present rows are erased some day, should they go out of use now. Before the commit that puts them out of use, so that
    /// they are never forgotten; if that commit fails, the reminder finds them in use and does nothing.</summary>
    private async Task EraseLater()
    {
        await EnsureLoaded();
        if (State is { Value: { RowCount: > 0 } table })
        {
            await this.RegisterOrUpdateReminder(Erasing + table.Log, Limits.RowsKept, TimeSpan.FromHours(1));
        }
    }
}
