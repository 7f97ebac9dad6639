using System.Diagnostics;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Carries out a group of changes in one transaction, each standing or falling alone. At first it is assumed that everything is as the changes expect,
/// which is nearly always so: one round trip writes them all, and the database refuses the whole if one expectation fails. Then it is looked up how things
/// stand, the changes are judged by that, and those that stand are written, again under the condition that nothing has moved.</summary>
internal sealed class Committer(PostgresDatabase database, StoreMeter meter)
{
    /// <summary>Times a group is judged anew because others wrote the same records meanwhile; then its changes go one by one.</summary>
    private const int Attempts = 4;

    /// <summary>Times a change alone is judged anew. Each time somebody else got something done.</summary>
    private const int AttemptsAlone = 25;

    private readonly PlanWriter _writer = new(new());

    /// <summary>Carries out a group and answers each.</summary>
    public async Task Carry(IReadOnlyList<Pending<Change, Committed>> group)
    {
        try
        {
            await Carry(group, group.Count == 1 ? AttemptsAlone : Attempts);
        }
        catch (PostgresException fault) when (group.Count > 1 && (Faults.IsConflict(fault) || Faults.IsOfStatement(fault)))
        {
            foreach (var one in group)
            {
                await Alone(one);
            }
        }
        catch (Exception fault)
        {
            throw Failed(group.Count, fault);
        }
    }

    private async Task Alone(Pending<Change, Committed> one)
    {
        try
        {
            await Carry([one], AttemptsAlone);
        }
        catch (Exception fault)
        {
            one.Fail(Failed(1, fault));
        }
    }

    private async Task Carry(IReadOnlyList<Pending<Change, Committed>> group, int attempts)
    {
        var began = Stopwatch.GetTimestamp();
        var changes = group.Select(pending => pending.Work).ToList();
        var now = database.Clock.GetUtcNow();
        await using var connection = await database.Connect();
        var slate = changes.Exists(change => Slate.NeedsLook(change, database.Tables)) ? null : Slate.Assume(changes);
        for (var attempt = 0; ; attempt++)
        {
            slate ??= await Looker.Look(connection, changes, now, database.Tables);
            var plan = Judge.Of(changes, slate, database.Tables);
            if (!(slate.Assumed && plan.Refused > 0) && await Write(connection, plan, slate.Assumed, now, last: attempt == attempts))
            {
                meter.Committed(group.Count, Stopwatch.GetElapsedTime(began));
                for (var i = 0; i < group.Count; i++)
                {
                    group[i].Complete(plan.Answers[i]);
                }

                return;
            }

            slate = null;
        }
    }

    /// <summary>False when something was not as the plan expects; nothing was written then.</summary>
    private async Task<bool> Write(NpgsqlConnection connection, Plan plan, bool assumed, DateTimeOffset now, bool last)
    {
        if (plan.Refused == plan.Answers.Length)
        {
            return true;
        }

        try
        {
            await _writer.Write(connection, plan, assumed, now, database.Tables);
            return true;
        }
        catch (PostgresException conflict) when (!last && Faults.IsConflict(conflict))
        {
            return false;
        }
    }

    private Exception Failed(int changes, Exception fault)
    {
        for (var i = 0; i < changes; i++)
        {
            meter.Failed();
        }

        return database.Wrap(fault);
    }
}
