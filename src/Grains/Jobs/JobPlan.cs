using System.Text.Json.Serialization;
using Troupe.Tables;

namespace Troupe.Jobs;

/// <summary>What a job runs, fixed when it is made: owner = job, sequence number 1 in the log <see cref="Log"/>. Records are numbered by position, 0 to total -
/// 1;
/// a position is a row.</summary>
/// <param name="SpinnerId">The spinner.</param>
/// <param name="SpinnerVersion">The version whose definition is run.</param>
/// <param name="Table">The table as it was.</param>
/// <param name="Rows">Sequence numbers of the selected rows in rising order; null for all rows.</param>
public sealed record JobPlan(string SpinnerId, int SpinnerVersion, TableSnapshot Table, IReadOnlyList<long>? Rows)
{
    /// <summary>Plans are read by lanes only, so they are kept beside the job and not in it.</summary>
    public static LogSchema Log { get; } = new("job_plan", []);

    /// <summary>Records in all.</summary>
    [JsonIgnore]
    public long Total => Rows?.Count ?? Table.LastSeq;

    /// <summary>The row at a position.</summary>
    public long Seq(long position) => Rows is null ? position + 1 : Rows[(int)position];

    /// <summary>How many lanes are worth having: each with enough records to be worth a cursor, no more than records may be in flight, and no more than the
    /// rate keeps busy (each lane keeps time on its own, so fewer lanes keep the rate more exactly).</summary>
    public static int Lanes(long total, int concurrency, double? ratePerSecond)
    {
        var lanes = Math.Min(Math.Min(Limits.JobLanes, concurrency), (total + Limits.LaneRecords - 1) / Limits.LaneRecords);
        var busy = ratePerSecond is { } rate ? (long)Math.Min(Limits.JobLanes, rate / Limits.LaneRatePerSecond) : lanes;
        return (int)Math.Max(1, Math.Min(lanes, busy));
    }

    /// <summary>The block of positions that a lane runs. Blocks of a job are as even as can be, follow each other and leave no gap.</summary>
    public static Block BlockOf(long total, int lanes, int lane) => new(total * lane / lanes, total * (lane + 1) / lanes);
}

/// <summary>Positions from <paramref name="First"/> up to, not including, <paramref name="End"/>.</summary>
public readonly record struct Block(long First, long End);
