using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>The log of records' outcomes: owner = job, sequence number = the row's, body = the record's journal.</summary>
public static class RecordLog
{
    /// <summary>Its name.</summary>
    public const string Name = "job_record";

    /// <summary>Index of the facet <c>status</c>.</summary>
    public const int Status = 0;

    /// <summary>Index of the facet <c>disposition</c>.</summary>
    public const int Disposition = 1;

    /// <summary>Index of the facet <c>wake</c>.</summary>
    public const int Wake = 2;

    /// <summary>The schema.</summary>
    public static LogSchema Schema { get; } =
        new(Name, [new("status"), new("disposition"), new(Jobs.Wake.Facet, FacetType.Integer) { Sparse = true }]);

    /// <summary>A status as the facet has it.</summary>
    public static string Of(RecordStatus status) => status switch
    {
        RecordStatus.Started => "started",
        RecordStatus.Completed => "completed",
        RecordStatus.Failed => "failed",
        RecordStatus.Waiting => "waiting",
        _ => "canceled",
    };
}
