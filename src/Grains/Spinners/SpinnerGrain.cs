using Microsoft.Extensions.Logging;
using Troupe.Identity;
using Troupe.Jobs;
using Troupe.Tables;

namespace Troupe.Spinners;

/// <summary>The shell of a spinner: draft, versions, schedule. Runs and the division of its concurrency are in the other files.</summary>
public sealed partial class SpinnerGrain(IStore store, IDirectory directory, TimeProvider clock, ILogger<SpinnerGrain> log)
    : ResourceGrain<Spinner, SpinnerDraft>(store, clock), ISpinnerGrain
{
    private const string Ticked = "ticked";

    private static readonly Usage[] One = [new(Meter.Spinners, 1)];

    /// <summary>Loads the record and what its concurrency is divided by.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Reload(cancellationToken);
        await FindJobs(cancellationToken);
    }

    /// <summary>Makes the spinner, if the plan has room for one more.</summary>
    public override async Task<Outcome<Stored<Spinner>>> Create(SpinnerDraft draft, Caller by)
    {
        var decided = Spinner.Create(draft);
        if (!decided.Ok || await TableProblem(decided.Value.TableId) is { } problem && (decided = problem).Failure is not null)
        {
            return decided.Failure!;
        }

        var charged = await Workspace.Charge(One);
        if (!charged.Ok)
        {
            return charged.Failure;
        }

        var made = await Found(() => decided, by);
        if (!made.Ok)
        {
            await Workspace.Release(One);
        }

        return made;
    }

    /// <inheritdoc/>
    public override async Task<Outcome<Stored<Spinner>>> Change(SpinnerDraft draft, Caller by) =>
        await TableProblem(draft.TableId.Value) is { } problem ? problem : await base.Change(draft, by);

    /// <summary>Deletes it. Refused while a job of it is unfinished: cancel the job, or let it end.</summary>
    public override async Task<Outcome<Stored<Spinner>>> Delete(Caller by)
    {
        if (await Unfinished() > 0)
        {
            return Failure.Conflict("spinner_busy", "A job of this spinner has not ended; cancel it or wait for its end, then delete the spinner.");
        }

        var erased = await Erase(by);
        if (erased.Ok)
        {
            await Workspace.Release(One);
            await Forget();
        }

        return erased;
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Spinner>>> Publish(Caller by)
    {
        var published = await Apply(was => was.Publish(Clock.GetUtcNow()), "published", by,
            static (next, change) => change with { Entries = [SpinnerVersions.Entry(next)] });
        if (published.Ok)
        {
            _published = published.Value.Value.Definition;
        }

        return published;
    }

    /// <summary>Scheduling and unscheduling are news; that a schedule moved on is only when its run was refused.</summary>
    protected override IReadOnlyList<Event> Events(Stored<Spinner> next, string verb, ReadOnlyMemory<byte> body) =>
        verb == Ticked ? [] : base.Events(next, verb, body);

    private async Task<Failure?> TableProblem(string? tableId)
    {
        if (tableId is null)
        {
            return null;
        }

        var table = tableId.Length is 0 or > 64 || tableId.Contains('/', StringComparison.Ordinal) ? Failure.Missing("data table")
            : await Table(tableId).Snapshot();
        return table.Ok ? null : Failure.Invalid("table_id", "There is no such data table in this workspace.");
    }

    private IWorkspaceGrain Workspace => GrainFactory.GetGrain<IWorkspaceGrain>(new GrainKey(GrainKey.System, Key.Workspace).ToString());

    private ITableSource Table(string id) => GrainFactory.GetGrain<ITableSource>(new GrainKey(Key.Workspace, id).ToString());

    private IJobGrain JobOf(string id) => GrainFactory.GetGrain<IJobGrain>(new GrainKey(Key.Workspace, id).ToString());
}
