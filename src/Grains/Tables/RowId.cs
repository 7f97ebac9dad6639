using System.Globalization;

namespace Troupe.Tables;

/// <summary>Ids of rows: <c>row_&lt;log&gt;_&lt;seq&gt;</c>, derived from where the row is, so that they cost no index. A replacing import starts a new log,
/// and with it new ids: an old id never names a new row.</summary>
public static class RowId
{
    private const string LogPrefix = "log_";
    private const string Prefix = "row_";

    /// <summary>A new row log's id.</summary>
    public static string NewLog(DateTimeOffset now) => Id.New("log", now);

    /// <summary>The id of a row.</summary>
    public static string Of(string log, long seq) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{log.AsSpan(LogPrefix.Length)}_{seq}");

    /// <summary>Reads an id of a row of this log; false when it is another log's or no row id.</summary>
    public static bool TrySeq(string id, string log, out long seq)
    {
        seq = 0;
        var hex = log.AsSpan(LogPrefix.Length);
        var rest = id.AsSpan();
        return rest.StartsWith(Prefix, StringComparison.Ordinal)
            && rest[Prefix.Length..].StartsWith(hex, StringComparison.Ordinal)
            && rest[(Prefix.Length + hex.Length)..] is ['_', .. var digits]
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out seq)
            && seq > 0 && digits[0] != '0';
    }
}
