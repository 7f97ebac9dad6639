using System.Text.Json;
using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>Outcomes of records that their pipeline did not bring to an end.</summary>
internal static class Unfinished
{
    /// <summary>Given up with its job. What a waiting record had stored is kept as it was.</summary>
    public static RecordResult Canceled(LaneItem item, DateTimeOffset now) =>
        new(RecordStatus.Canceled, item.Disposition, item.Resume ?? Body(now, "The job was canceled while the record ran."), null);

    /// <summary>Stopped by a bug: the record fails, the others go on.</summary>
    public static RecordResult Broken(LaneItem item, DateTimeOffset now) =>
        new(RecordStatus.Failed, item.Disposition, item.Resume ?? Body(now, "The record stopped on an internal error; the server's log has it."), null);

    private static byte[] Body(DateTimeOffset now, string error)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("payload");
            json.WriteEndObject();
            json.WriteStartObject("output");
            json.WriteEndObject();
            json.WriteStartArray("journey");
            json.WriteEndArray();
            json.WriteString("error", error);
            json.WriteString("ended_at", Time.Milliseconds(now));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
