using System.Security.Cryptography;
using System.Text;
using Troupe.Identity;
using Troupe.Jobs;
using Troupe.Tables;

namespace Troupe.Spinners;

/// <summary>Runs: how a job comes to be.</summary>
public sealed partial class SpinnerGrain
{
    private static readonly Failure NotPublished = new(Refusal.Missing, "published_spinner_not_found", "Published spinner not found");

    private static readonly Failure Overloaded = new(
        Refusal.Unavailable, "spinner_overloaded", $"{Limits.JobsUnfinished} jobs of this spinner have not ended; wait for some of them.");

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Job>>> Run(RunRequest request, Caller by)
    {
        if (State?.Value is not { PublishedVersion: > 0 })
        {
            return NotPublished;
        }

        if (request.IdempotencyKey is not { } key)
        {
            return await Start(request, null, alone: false, by);
        }

        var answer = new Answer($"run:{Key.Id}", key, Hash(request), default, Clock.GetUtcNow());
        return await Known(answer) is { } job ? job : await Start(request, answer, alone: false, by);
    }

    /// <summary>What a key was answered before, if it was used.</summary>
    private async Task<Outcome<Stored<Job>>?> Known(Answer asked)
    {
        var known = await Store.Answers(Key.Workspace, asked.Scope, [asked.Key]);
        if (known.Count == 0)
        {
            return null;
        }

        return known[0].Hash.Span.SequenceEqual(asked.Hash.Span)
            ? await JobOf(Encoding.UTF8.GetString(known[0].Body.Span)).Read()
            : Failure.Conflict("idempotency_conflict", "This idempotency key was used for a run of other rows.").With("idempotency_key", asked.Key);
    }

    private async Task<Outcome<Stored<Job>>> Start(RunRequest request, Answer? answer, bool alone, Caller by)
    {
        var definition = _published!;
        var table = await Table(definition.TableId).Snapshot();
        if (!table.Ok)
        {
            return Failure.Conflict("table_missing", "The data table of this spinner was deleted; choose another and publish again.");
        }

        var rows = Select(request.RowIds, table.Value);
        if (!rows.Ok)
        {
            return rows.Failure;
        }

        if (await Unfinished() >= Limits.JobsUnfinished)
        {
            return Overloaded;
        }

        var total = rows.Value.Seqs?.Count ?? table.Value.LastSeq;
        var charge = answer is null ? null : $"{answer.Scope}:{answer.Key}";
        var charged = await Workspace.Charge([new(Meter.JobsPerMonth, 1), new(Meter.RecordsPerMonth, total)], charge);
        if (!charged.Ok)
        {
            return charged.Failure;
        }

        var now = Clock.GetUtcNow();
        var id = Id.New(Job.Kind, now);
        _shares.Add(id, held: 0, served: false, alone, now); // its place in the order of jobs
        return await JobOf(id).Create(
            new(Key.Id, State!.Value.PublishedVersion, table.Value, rows.Value.Seqs, JobPlan.Lanes(total, definition.Concurrency, definition.RatePerSecond),
                alone)
            {
                Answer = answer is null ? null : answer with { Body = Encoding.UTF8.GetBytes(id) },
            },
            by);
    }

    /// <summary>The rows of a selection: each once, in the order of the table.</summary>
    private static Outcome<Selection> Select(IReadOnlyList<string>? ids, TableSnapshot table)
    {
        if (ids is null)
        {
            return new Selection(null);
        }

        if (ids.Count is 0 or > Limits.RunRows)
        {
            return Failure.Invalid("RowIds", $"Select 1 to {Limits.RunRows} rows, or leave them out to run them all.");
        }

        var seqs = new SortedSet<long>();
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] is null || !RowId.TrySeq(ids[i], table.Log, out var seq) || seq > table.LastSeq)
            {
                return Failure.Invalid($"RowIds[{i}]", "There is no such row in the spinner's table.");
            }

            seqs.Add(seq);
        }

        return new Selection([.. seqs]);
    }

    private static byte[] Hash(RunRequest request) => SHA256.HashData(Json.Write(request.RowIds));

    private sealed record Selection(IReadOnlyList<long>? Seqs);
}
