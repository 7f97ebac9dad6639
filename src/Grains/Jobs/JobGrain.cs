using Microsoft.Extensions.Logging;
using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>The shell of a job: its verbs. How it drives its lanes is in the other file.</summary>
public sealed partial class JobGrain(IStore store, TimeProvider clock, ILogger<JobGrain> log) : RecordGrain<Job>(store, clock), IJobGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly List<TaskCompletionSource> _awaitingEnd = [];

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Job>>> Create(JobStart start, Caller by)
    {
        var plan = new JobPlan(start.SpinnerId, start.SpinnerVersion, start.Table, start.Rows);
        var job = new Job(start.SpinnerId, start.SpinnerVersion, start.Table.TableId, plan.Total, start.Lanes, by.Actor, start.Alone);
        var made = await Found(() => job, by, (next, change) => change with
        {
            Entries = [new(JobPlan.Log.Name, next.Id, 1, Json.Write(plan), [], next.UpdatedAt)],
            Answers = start.Answer is null ? [] : [start.Answer],
        });
        if (made.Ok)
        {
            await Remind(Period);
            _reminded = null;
            Wake();
        }

        return made;
    }

    /// <inheritdoc/>
    public Task<Outcome<Stored<Job>>> Read() => Task.FromResult<Outcome<Stored<Job>>>(State is null ? Absent : Live(State));

    /// <inheritdoc/>
    public Task<Outcome<Stored<Job>>> Cancel(Caller by) =>
        Rule(job => job.Cancel(Clock.GetUtcNow()), State?.Value.StartedAt is null ? "canceled" : "canceling", by);

    /// <inheritdoc/>
    public Task<Outcome<Stored<Job>>> Pause(Caller by) => Rule(job => job.Pause(), "paused", by);

    /// <inheritdoc/>
    public Task<Outcome<Stored<Job>>> Resume(Caller by) => Rule(job => job.Resume(), "resumed", by);

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Job>>> Ended(TimeSpan patience)
    {
        if (State is { Value.Ended: false })
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaitingEnd.Add(ended);
            await Task.WhenAny(ended.Task, Task.Delay(patience, Clock));
            _awaitingEnd.Remove(ended);
        }

        return await Read();
    }

    /// <inheritdoc/>
    public Task Poke()
    {
        Wake();
        return Task.CompletedTask;
    }

    /// <summary>The reminder that keeps an unfinished job alive, or wakes it when its first waiting record is due.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (State is { Value.Ended: false })
        {
            Wake();
        }
        else
        {
            await Forget();
        }
    }

    /// <summary>Goes on with an unfinished job, whoever called first. Its lanes are heard before anybody reads it: what they have stored since
    /// the job's own last commit counts.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        if (State is { Value.Ended: false })
        {
            Wake();
            await Hear();
        }
    }

    /// <summary>Progress is no news: lists read it from the record, nobody else waits for it.</summary>
    protected override IReadOnlyList<Event> Events(Stored<Job> next, string verb, ReadOnlyMemory<byte> body) =>
        verb == Progress ? [] : base.Events(next, verb, body);

    private async Task<Outcome<Stored<Job>>> Rule(Func<Job, Outcome<Job>> decide, string verb, Caller by)
    {
        var before = State;
        var ruled = await Apply(job => decide(job).Map(next => ReferenceEquals(next, job) ? next : Counted(next)), verb, by);
        if (ruled.Ok && State != before)
        {
            await Order(default); // in force before it is answered; the next pulse hands the share out anew
            await Settle();
            Wake();
        }

        return ruled.Ok ? Live(ruled.Value) : ruled.Failure;
    }

    private Stored<Job> Live(Stored<Job> job) => job with { Value = Counted(job.Value) };

    private Job Counted(Job job) => _lanes is { Heard: true } ? job.Progress(_lanes.Counts) : job;

    private async Task Remind(TimeSpan due) => await this.RegisterOrUpdateReminder(Reminder, due, Period);

    private async Task Forget()
    {
        if (await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private const string Reminder = "run";
    private const string Progress = "progress";
}
