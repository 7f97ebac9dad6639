using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Troupe.Identity;
using Troupe.Tables;

namespace Troupe.Tests.Tables;

/// <summary>The product's grains over a real store, with one workspace.</summary>
internal sealed class TableHost : IAsyncDisposable
{
    public const string Workspace = "wrk_0197a5b0000070008000000000000001";
    public static readonly Caller By = new(Workspace, "key:trp_test", "req_1");

    private GrainHost _grains;

    private TableHost(TempStore store, GrainHost grains, HeldStore held) => (Temp, _grains, Held) = (store, grains, held);

    public TempStore Temp { get; private set; }

    /// <summary>The store as the grains see it: its commits can be held up and made to fail.</summary>
    public HeldStore Held { get; private set; }

    public FakeClock Clock => _grains.Clock;

    public MemoryReminderTable Reminders => _grains.Reminders;

    public static async Task<TableHost> Start(Plan plan = Plan.SelfHosted)
    {
        var clock = new FakeClock();
        var temp = await TempStore.Open(clock: clock);
        var held = new HeldStore(temp.Store);
        var host = new TableHost(temp, Grains(temp, held, clock, new()), held);
        Assert.Null((await host.Owner.Create(new("Test", null, plan, null), new(GrainKey.System, "operator"))).Failure);
        return host;
    }

    public IWorkspaceGrain Owner => _grains.Get<IWorkspaceGrain>($"{GrainKey.System}/{Workspace}");

    public IDataTableGrain Table(string id) => _grains.Get<IDataTableGrain>($"{Workspace}/{id}");

    public ITableSource Source(string id) => _grains.Get<ITableSource>($"{Workspace}/{id}");

    /// <summary>Stops everything and opens it again, as a restart does.</summary>
    public async Task Restart()
    {
        var (clock, reminders) = (_grains.Clock, _grains.Reminders);
        await _grains.DisposeAsync();
        Temp = await Temp.Reopen();
        Held = new(Temp.Store);
        _grains = Grains(Temp, Held, clock, reminders);
    }

    /// <summary>Makes a table with text columns, or with none.</summary>
    public async Task<string> Make(params string[] columns)
    {
        var id = Id.New(DataTable.Kind, Clock.GetUtcNow());
        var made = await Table(id).Create(new("People", [.. columns.Select(name => new ColumnDraft(name))]), By);
        Assert.Null(made.Failure);
        return id;
    }

    /// <summary>The rows of a table's present log.</summary>
    public async Task<string> Rows(string id)
    {
        var table = (await Source(id).Snapshot()).Value!;
        var text = await Rows(id, table.Log);
        Assert.Equal(table.LastSeq, text.Count(c => c == '\n'));
        return text;
    }

    public async Task<string> Rows(string _, string log)
    {
        var segments = await Temp.Rows.Read(Workspace, log, 1, int.MaxValue);
        var next = 1L;
        foreach (var segment in segments)
        {
            Assert.Equal(next, segment.FirstSeq);
            Assert.Equal(segment.Count, segment.Body.Span.Count((byte)'\n'));
            next += segment.Count;
        }

        return string.Concat(segments.Select(segment => Encoding.UTF8.GetString(segment.Body.Span)));
    }

    public async Task<List<(string Type, JsonElement Data)>> Events() =>
        [.. (await Temp.Outbox.Read(0, 10_000)).Select(e => (e.Event.Type, JsonSerializer.Deserialize<JsonElement>(e.Event.Data.Span)))];

    /// <summary>A batch of one-column rows.</summary>
    public static IngestBatch Batch(params string[] values) =>
        new(1, values.Length, Encoding.UTF8.GetBytes(string.Concat(values.Select(value => $"[\"{value}\"]\n"))));

    /// <summary>The same with an idempotency key.</summary>
    public static IngestBatch Keyed(string key, params string[] values) =>
        Batch(values) with { IdempotencyKey = key, Hash = Encoding.UTF8.GetBytes(string.Concat(values)) };

    /// <summary>Stages a CSV file and has the table take it over, as the routes do.</summary>
    public async Task<Outcome<Stored<DataTable>>> Import(string id, ImportMode mode, string csv, Func<Task>? between = null)
    {
        var ticket = await Table(id).OpenImport(mode);
        if (!ticket.Ok)
        {
            return ticket.Failure;
        }

        using var import = new CsvImport(Temp.Rows, Clock, Workspace, ticket.Value);
        await using var file = new PacketStream(Encoding.UTF8.GetBytes(csv), 100);
        var staged = await import.Run(file, 0, null, default);
        if (!staged.Ok)
        {
            return staged.Failure;
        }

        await (between?.Invoke() ?? Task.CompletedTask);
        return await Table(id).CloseImport(staged.Value, By);
    }

    public async ValueTask DisposeAsync()
    {
        await _grains.DisposeAsync();
        await Temp.DisposeAsync();
    }

    private static GrainHost Grains(TempStore temp, HeldStore held, FakeClock clock, MemoryReminderTable reminders) => new(
        Catalog.Grains,
        services => services.AddSingleton<IStore>(held).AddSingleton(temp.Directory).AddSingleton(temp.Rows),
        clock,
        reminders);
}

/// <summary>A store whose commits wait when they are told to, or fail before or after they were carried out.</summary>
internal sealed class HeldStore(IStore store) : IStore
{
    private TaskCompletionSource? _hold;
    private TaskCompletionSource? _reached;

    /// <summary>Commits of table rows so far.</summary>
    public int RowCommits { get; private set; }

    /// <summary>Set: the next commit throws, after it was carried out or instead.</summary>
    public (bool Stored, Exception Fault)? Fail { get; set; }

    /// <summary>Holds the commits that come from now on; the task completes when the first has come.</summary>
    public Task Hold()
    {
        _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _reached.Task;
    }

    public void Release()
    {
        var hold = _hold;
        _hold = null;
        hold!.SetResult();
    }

    public async ValueTask<Committed> Commit(Change change, CancellationToken cancel = default)
    {
        _reached?.TrySetResult();
        await (_hold?.Task ?? Task.CompletedTask);
        RowCommits += change.Rows.Count > 0 ? 1 : 0;
        if (Fail is not { } fail)
        {
            return await store.Commit(change, cancel);
        }

        Fail = null;
        if (fail.Stored)
        {
            await store.Commit(change, cancel);
        }

        throw fail.Fault;
    }

    public ValueTask<StoredRecord?> Load(Kind kind, string workspace, string id, CancellationToken cancel = default) => store.Load(kind, workspace, id, cancel);

    public ValueTask<IReadOnlyList<Answer>> Answers(string workspace, string scope, IReadOnlyList<string> keys, CancellationToken cancel = default) =>
        store.Answers(workspace, scope, keys, cancel);
}
