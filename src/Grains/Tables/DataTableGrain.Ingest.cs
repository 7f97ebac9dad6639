using Troupe.Identity;

namespace Troupe.Tables;

/// <summary>Ingest: callers line up while a commit is under way, and a pump stores all who have gathered in the next one.</summary>
public sealed partial class DataTableGrain
{
    private const string RowsIngested = "rows_ingested";
    private static readonly Caller Itself = new(GrainKey.System, "system");

    private readonly IngestQueue _queue = new();
    private readonly TokenBucket _bucket = new(clock);
    private (WorkspaceTerms Terms, long AskedAt)? _terms;
    private bool _pumping;

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

    private async Task Pump()
    {
        try
        {
            await Task.Yield(); // calls that are in the mailbox already join the first commit
            while (!_queue.IsEmpty)
            {
                await _gate.Alone(StoreNext);
            }
        }
        finally
        {
            _pumping = false; // whatever went wrong, the next caller starts it again
        }
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
            was => ReferenceEquals(was, table) ? was.Appended(group.Rows) : Failure.Stale("table"),
            RowsIngested,
            Itself,
            (next, change) => group.Into(next, change, body));
        return outcome.Failure is { Kind: Refusal.Conflict } ? Failure.Stale("table") : outcome.Failure; // a key that was free a moment ago
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
