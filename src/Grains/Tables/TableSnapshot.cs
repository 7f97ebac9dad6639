namespace Troupe.Tables;

/// <summary>A table as a job sees it: rows 1 to <paramref name="LastSeq"/> of the log, as they were when the job started.</summary>
/// <param name="TableId">The table.</param>
/// <param name="Log">Its row log at that moment.</param>
/// <param name="LastSeq">Sequence number of the last row; 0 when empty.</param>
/// <param name="Columns">Column names in the order of the values of a row.</param>
/// <param name="MetadataFields">The columns that enter a record's payload; all columns when none were chosen.</param>
public sealed record TableSnapshot(string TableId, string Log, long LastSeq, IReadOnlyList<string> Columns, IReadOnlyList<string> MetadataFields);

/// <summary>The part of a data table that other areas call. Key: <c>workspace/&lt;table id&gt;</c>.</summary>
public interface ITableSource : IGrainWithStringKey
{
    /// <summary>The table as it is now.</summary>
    Task<Outcome<TableSnapshot>> Snapshot();
}
