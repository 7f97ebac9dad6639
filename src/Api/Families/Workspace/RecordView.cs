using System.Text.Json;
using Troupe.Jobs;

namespace Troupe.Api.Families.Workspace;

/// <summary>A record as it is listed.</summary>
/// <param name="Seq">The row, by its place in the table, from 1.</param>
/// <param name="Payload">What went in: the metadata fields.</param>
/// <param name="Output">What the steps wrote.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="DueAt">When a waiting record goes on.</param>
public sealed record RecordView(
    string Id,
    string JobId,
    long Seq,
    string Status,
    string? Disposition,
    RawJson Payload,
    RawJson Output,
    RawJson Error,
    DateTimeOffset? DueAt,
    RawJson StartedAt,
    RawJson EndedAt)
{
    /// <summary>The view of an outcome.</summary>
    public static RecordView Of(string jobId, StoredEntry entry)
    {
        var body = new RecordParts(entry.Body);
        return new(
            RecordId.Of(jobId, entry.Seq), jobId, entry.Seq, (string)entry.Facets[RecordLog.Status]!, (string?)entry.Facets[RecordLog.Disposition],
            body["payload"], body["output"], body["error"], entry.Facets[RecordLog.Wake] is long wake ? Wake.Due(wake) : null,
            body["started_at"], body["ended_at"]);
    }
}

/// <summary>A record with its journey.</summary>
/// <param name="Journey">Each step's name, type, outcome, message, time and attempt.</param>
public sealed record JourneyView(
    string Id,
    string JobId,
    long Seq,
    string Status,
    string? Disposition,
    RawJson Payload,
    RawJson Output,
    RawJson Error,
    DateTimeOffset? DueAt,
    RawJson StartedAt,
    RawJson EndedAt,
    RawJson Journey)
{
    /// <summary>The view of an outcome.</summary>
    public static JourneyView Of(string jobId, StoredEntry entry)
    {
        var record = RecordView.Of(jobId, entry);
        return new(
            record.Id, record.JobId, record.Seq, record.Status, record.Disposition, record.Payload, record.Output, record.Error, record.DueAt,
            record.StartedAt, record.EndedAt, new RecordParts(entry.Body)["journey"]);
    }
}

/// <summary>The members of a record's stored journal, as slices of it.</summary>
internal sealed class RecordParts
{
    private static readonly RawJson Null = new("null"u8.ToArray());

    private readonly Dictionary<string, RawJson> _parts = new(StringComparer.Ordinal);

    public RecordParts(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            _parts[name] = new(body[start..(int)reader.BytesConsumed]);
        }
    }

    /// <summary>A member; JSON null when it is absent.</summary>
    public RawJson this[string name] => _parts.GetValueOrDefault(name, Null);
}
