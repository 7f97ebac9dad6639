using System.Text.Json;
using System.Text.Json.Serialization;
using Troupe.Jobs;

namespace Troupe.Api.Families.Workspace;

/// <summary>A record as it is shown, in a list or by itself.</summary>
/// <param name="Seq">The row, by its place in the table, from 1.</param>
/// <param name="Payload">What went in: the metadata fields.</param>
/// <param name="Output">What the steps wrote.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="DueAt">When a waiting record goes on.</param>
/// <param name="Journey">Each step's name, type, outcome, message, time and attempt; absent in lists.</param>
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
    RawJson EndedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RawJson? Journey = null)
{
    /// <summary>The view of an outcome, without its journey.</summary>
    public static RecordView Of(string jobId, StoredEntry entry) => Of(jobId, entry, new RecordParts(entry.Body));

    /// <summary>The view of an outcome with its journey.</summary>
    public static RecordView WithJourney(string jobId, StoredEntry entry)
    {
        var body = new RecordParts(entry.Body);
        return Of(jobId, entry, body) with { Journey = body["journey"] };
    }

    private static RecordView Of(string jobId, StoredEntry entry, RecordParts body) => new(
        RecordId.Of(jobId, entry.Seq), jobId, entry.Seq, (string)entry.Facets[RecordLog.Status]!, (string?)entry.Facets[RecordLog.Disposition],
        body["payload"], body["output"], body["error"], entry.Facets[RecordLog.Wake] is long wake ? Wake.Due(wake) : null,
        body["started_at"], body["ended_at"]);
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
