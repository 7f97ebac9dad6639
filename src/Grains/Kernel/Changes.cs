using System.Buffers;
using System.Text.Json;

namespace Troupe.Kernel;

/// <summary>The parts of a change, made from the record before and after it.</summary>
public static class Changes
{
    /// <summary>The record as it is to be stored.</summary>
    /// <param name="was">The record before; null when it is new.</param>
    /// <param name="next">The record after, with its new version.</param>
    /// <param name="body">Its body.</param>
    /// <param name="deleted">Whether it is deleted by the change.</param>
    public static RecordWrite Write<T>(T? was, Stored<T> next, ReadOnlyMemory<byte> body, bool deleted = false) where T : class, IRecord<T>
    {
        var (facets, search) = KindSchema.Read(next.Value);
        var (had, has) = (was?.Tags() ?? [], deleted ? [] : next.Value.Tags());
        return new(T.Kind, next.Id, next.Version - 1, body, facets, search, next.UpdatedAt, deleted)
        {
            Tagged = has.Count == 0 ? [] : [.. has.Except(had, StringComparer.Ordinal)],
            Untagged = had.Count == 0 ? [] : [.. had.Except(has, StringComparer.Ordinal)],
        };
    }

    /// <summary>The change with a record that is born with it, and the event that tells of it. What the new record points at must be there, or be born with the
    /// same change before it.</summary>
    public static Change Bear<T>(this Change change, string id, T value, DateTimeOffset now) where T : class, IRecord<T>
    {
        var body = Json.Write(value);
        var others = value.References().Where(reference => !change.Records.Any(born => born.Id == reference.Id));
        return change with
        {
            References = [.. change.References, .. others],
            Records = [.. change.Records, Write(null, new Stored<T>(id, 1, now, now, value), body)],
            Events = [.. change.Events, new(Id.New("ev", now), $"{T.Kind.Name}.created", id, now, body)],
        };
    }

    /// <summary>What the record points at that it did not point at before. What it pointed at before may be gone by now.</summary>
    public static IReadOnlyList<Reference> Anew<T>(T? was, T next) where T : class, IRecord<T>
    {
        var references = next.References();
        return was is null || references.Count == 0 ? references : [.. references.Except(was.References())];
    }

    /// <summary>What an event tells of the record before; nothing when there was none.</summary>
    public static ReadOnlyMemory<byte> Told<T>(Stored<T>? was, Func<T, T> told) => was is null ? default : Json.Write(told(was.Value));

    /// <summary>The entry for a change that an event tells of: operation, hash of the input, the record before and after.</summary>
    public static AuditEntry Audit(Event told, string action, string subject, Caller by, bool deleted = false)
    {
        var detail = new ArrayBufferWriter<byte>(told.Data.Length + told.Previous.Length + 256);
        using (var json = new Utf8JsonWriter(detail, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("operation", by.Operation);
            json.WriteString("input_hash", by.InputHash);
            Write(json, "before", told.Previous);
            Write(json, "after", deleted ? default : told.Data);
            json.WriteEndObject();
        }

        return new(Id.New("aud", told.Time), by.Actor, action, subject, by.RequestId, told.Time) { Detail = detail.WrittenMemory };
    }

    private static void Write(Utf8JsonWriter json, string name, ReadOnlyMemory<byte> record)
    {
        json.WritePropertyName(name);
        if (record.IsEmpty)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(record.Span, skipInputValidation: true);
        }
    }
}
