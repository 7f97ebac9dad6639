using Microsoft.Extensions.Logging;
using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>The shell of a lane: keeps its engine going for as long as orders come.</summary>
public sealed partial class JobLaneGrain(
    IStore store, IRowStore rows, IDirectory directory, IStepPorts ports, TimeProvider clock, ILogger<JobLaneGrain> log) : Grain, IJobLaneGrain
{
    private LaneEngine? _engine;

    /// <inheritdoc/>
    public async Task<LaneReport> Step(LaneOrder order)
    {
        if (_engine?.Fault is { } fault)
        {
            LogFault(log, fault, this.GetPrimaryKeyString());
            await _engine.DisposeAsync();
            _engine = null;
        }

        _engine ??= await LaneEngine.Open(await Work(order.Block), order);
        return _engine.Take(order);
    }

    /// <summary>Stores what has ended; the rest is run again by the next activation.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }
    }

    private async Task<LaneWork> Work(Block block)
    {
        var key = GrainKey.Parse(this.GetPrimaryKeyString());
        var hash = key.Id.LastIndexOf('#');
        var (jobId, lane) = (key.Id[..hash], int.Parse(key.Id.AsSpan(hash + 1)));
        var entry = await directory.Entry(JobPlan.Log.Name, key.Workspace, jobId, 1);
        var plan = Json.Read<JobPlan>(entry!.Body.Span);
        var definition = await directory.Published(key.Workspace, plan.SpinnerId, plan.SpinnerVersion);
        var pipeline = Pipeline.Compile(definition, plan.Table.Columns, plan.Table.MetadataFields);
        var job = GrainFactory.GetGrain<IJobGrain>(new GrainKey(key.Workspace, jobId).ToString());
        return new(key.Workspace, jobId, lane, block, plan, pipeline, ports, store, rows, directory, clock)
        {
            News = () => _ = Tell(job),
            Report = (bug, seq) => LogBug(log, bug, RecordId.Of(jobId, seq)),
        };
    }

    private static async Task Tell(IJobGrain job)
    {
        try
        {
            await job.Poke();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The node is stopping or overloaded; the job hears of it with its next pulse.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Record {Record} met a bug and failed")]
    private static partial void LogBug(ILogger log, Exception bug, string record);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lane {Lane} stopped and is opened anew")]
    private static partial void LogFault(ILogger log, Exception fault, string lane);
}
