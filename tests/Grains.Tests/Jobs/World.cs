using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Troupe.Identity;
using Troupe.Jobs;
using Troupe.Spinners;
using Troupe.Tables;

namespace Troupe.Tests.Jobs;

/// <summary>Grains over a real store, with tables and an outside of the test's own making. The process may be killed and started again.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string Workspace = "wrk_0";
    public static readonly Caller By = new(Workspace, "key:test", "req_test");

    private readonly TimeProvider _clock;
    private readonly List<(GrainHost Host, Fuse Fuse)> _lives = [];

    private World(TempStore store, TimeProvider clock) => (Store, _clock) = (store, clock);

    public TempStore Store { get; }

    public Outside Outside { get; } = new();

    public TableShelf Tables { get; } = new();

    public GrainHost Host => _lives[^1].Host;

    public Fuse Fuse => _lives[^1].Fuse;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public static async Task<World> Start(TimeProvider? clock = null, Plan plan = Plan.SelfHosted)
    {
        clock ??= TimeProvider.System;
        var world = new World(await TempStore.Open(clock: clock), clock);
        world.Outside.Clock = clock;
        world.Live();
        await world.Host.Get<IWorkspaceGrain>($"system/{Workspace}").Create(new("Harbor", null, plan, null), By);
        return world;
    }

    /// <summary>The process dies: from this moment it writes nothing and is told nothing. Another one starts on the same store.</summary>
    public void Kill()
    {
        Fuse.Blow();
        Outside.Reset();
        Live();
    }

    public ISpinnerGrain Spinner(string id) => Host.Get<ISpinnerGrain>($"{Workspace}/{id}");

    public IJobGrain Job(string id) => Host.Get<IJobGrain>($"{Workspace}/{id}");

    /// <summary>Jobs and records that the plan was charged for this month.</summary>
    public async Task<(long Jobs, long Records)> Charged()
    {
        var meters = Ok(await Host.Get<IWorkspaceGrain>($"system/{Workspace}").Read()).Value.Meters;
        return (meters.At(Meter.JobsPerMonth, Now), meters.At(Meter.RecordsPerMonth, Now));
    }

    /// <summary>A table with rows <c>["Lead 1","A-1"]</c> and so on, in segments of several sizes.</summary>
    public async Task<string> MakeTable(int rows, int segment = 700)
    {
        var (id, log) = (Guid.NewGuid().ToString(), RowId.NewLog(Now));
        for (var first = 1; first <= rows; first += segment)
        {
            var count = Math.Min(segment, rows - first + 1);
            var lines = new StringBuilder();
            for (var seq = first; seq < first + count; seq++)
            {
                lines.Append(CultureInfo.InvariantCulture, $"[\"Lead {seq}\",\"A-{seq}\"]\n");
            }

            var append = new RowWrite.Append(log, first, count, Encoding.UTF8.GetBytes(lines.ToString()), Now);
            Assert.Equal(CommitStatus.Stored, (await Store.Store.Commit(new Change(Workspace) { Rows = [append] })).Status);
        }

        Tables.Put(id, new(id, log, rows, ["name", "account_id"], ["name", "account_id"]));
        return id;
    }

    /// <summary>A published spinner; the steps are JSON.</summary>
    public async Task<string> MakeSpinner(string table, string steps, int concurrency = 16, double? rate = null)
    {
        var id = Id.New(Troupe.Spinners.Spinner.Kind, Now);
        var draft = new SpinnerDraft
        {
            Name = "Welcome call",
            TableId = table,
            Concurrency = concurrency,
            RatePerSecond = rate,
            Steps = JsonSerializer.Deserialize<JsonElement>(steps),
        };
        Ok(await Spinner(id).Create(draft, By));
        Ok(await Spinner(id).Publish(By));
        return id;
    }

    public async Task<string> Run(string spinner, params string[] rows) => Ok(await Spinner(spinner).Run(new(rows.Length == 0 ? null : rows), By)).Id;

    /// <summary>Waits until a job has ended, and checks that its records and its counts agree.</summary>
    public async Task<Job> End(string job)
    {
        var ended = Ok(await Job(job).Ended(TimeSpan.FromSeconds(20))).Value;
        Assert.True(ended.Ended, $"the job did not end: {ended}");
        var records = await Records(job);
        Assert.Equal(ended.Counts.Completed, records.Count(r => Status(r) == "completed"));
        Assert.Equal(ended.Counts.Failed, records.Count(r => Status(r) == "failed"));
        Assert.DoesNotContain(records, r => Status(r) == "waiting");
        Assert.Equal((0, ended.Total), (ended.Counts.Waiting, ended.Counts.Ended));
        return ended;
    }

    public async Task<IReadOnlyList<StoredEntry>> Records(string job)
    {
        var records = new List<StoredEntry>();
        for (string? after = null; ;)
        {
            var page = await Store.Directory.Entries(RecordLog.Name, Workspace, job, new() { After = after, Limit = Limits.PageMax });
            records.AddRange(page.Items);
            if ((after = page.Next) is null)
            {
                return records;
            }
        }
    }

    public async Task<IReadOnlyList<string>> Events(string subject) =>
        [.. (await Store.Outbox.Read(0, 10_000)).Where(e => e.Event.Subject == subject).Select(e => e.Event.Type)];

    public static string Text(StoredEntry record) => Encoding.UTF8.GetString(record.Body.Span);

    public static string Status(StoredEntry record) => (string)record.Facets[RecordLog.Status]!;

    public static T Ok<T>(Outcome<T> outcome) => outcome.Ok ? outcome.Value : throw new InvalidOperationException(outcome.Failure.ToString());

    public async ValueTask DisposeAsync()
    {
        Outside.Reset();
        var stopped = Task.WhenAll(_lives.Select(life => life.Host.DisposeAsync().AsTask()));
        await Pump.Until(() => stopped.IsCompleted, _clock as FakeClock, TimeSpan.FromSeconds(1)); // dead nodes give up by time-outs

        await Store.DisposeAsync();
    }

    private void Live()
    {
        var fuse = new Fuse(Store);
        var grains = Catalog.Grains.Where(g => g.Interface != typeof(ITableSource)).Append((typeof(ITableSource), typeof(ShelfTableGrain)));
        _lives.Add((new GrainHost(grains, services => services
            .AddSingleton(_clock)
            .AddSingleton<IStore>(fuse)
            .AddSingleton<IReminderTable>(fuse)
            .AddSingleton(Store.Directory)
            .AddSingleton(Store.Rows)
            .AddSingleton<IStepPorts>(Outside)
            .AddSingleton(Tables)
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))), fuse));
    }
}
