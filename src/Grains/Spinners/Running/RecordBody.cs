using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>The stored form of a record: writes it, and reads a waiting one back. See <see cref="RecordResult.Body"/>.</summary>
internal static class RecordBody
{
    /// <summary>Writes the record.</summary>
    public static byte[] Write(RunningRecord record, BoundedText body)
    {
        body.Write("{\"payload\":"u8);
        WritePayload(record, body);
        body.Write(",\"output\":"u8);
        WriteOutput(record, body);
        body.Write(",\"disposition\":"u8);
        WriteText(record.Disposition, body);
        body.Write(",\"journey\":["u8);
        body.Write(record.Journey.Written);
        body.Write("]"u8);
        WriteEnd(record, body);
        return body.Written.ToArray();
    }

    /// <summary>Writes the payload as an object.</summary>
    public static void WritePayload(RunningRecord record, BoundedText into)
    {
        into.Write("{"u8);
        var first = true;
        for (var place = 0; place < record.Scope.PayloadHeads.Length; place++)
        {
            Member(record.Scope.PayloadHeads[place], record.Payload(place), ref first, into);
        }

        into.Write("}"u8);
    }

    /// <summary>Writes the output as an object.</summary>
    public static void WriteOutput(RunningRecord record, BoundedText into)
    {
        into.Write("{"u8);
        var first = true;
        for (var place = 0; place < record.Scope.OutputHeads.Count; place++)
        {
            Member(record.Scope.OutputHeads[place], record.Output(place), ref first, into);
        }

        into.Write("}"u8);
    }

    /// <summary>Takes payload, output, journey and disposition over from a waiting record; gives the id of the step to go on with, null for the end.</summary>
    /// <exception cref="JsonException">The body is not one that <see cref="Write"/> wrote.</exception>
    public static string? Restore(RunningRecord record, ReadOnlySpan<byte> body)
    {
        string? next = null;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.GetString();
            reader.Read();
            switch (member)
            {
                case "payload": Payload(record, ref reader); break;
                case "output": Output(record, ref reader, body); break;
                case "journey": Journey(record, JsonSlice.Current(ref reader, body)); break;
                case "disposition": record.Disposition = reader.GetString(); break;
                case "next": next = reader.GetString(); break;
                case "attempt": record.Attempt = reader.GetInt32(); break;
                case "started_at": record.StartedAt = DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture); break;
                default: reader.Skip(); break;
            }
        }

        return next;
    }

    private static void Payload(RunningRecord record, ref Utf8JsonReader reader)
    {
        for (var guess = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; guess++)
        {
            var place = Place(ref reader, record.Scope.PayloadNames, guess);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (place >= 0)
            {
                record.PlacePayload(place, start, (int)reader.BytesConsumed - start);
            }
        }
    }

    private static void Output(RunningRecord record, ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        for (var guess = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; guess++)
        {
            var place = Place(ref reader, record.Scope.OutputNames, guess);
            reader.Read();
            var value = JsonSlice.Current(ref reader, body);
            if (place >= 0)
            {
                record.SetOutput(place, value);
            }
        }
    }

    /// <summary>The place of the name the reader stands on. Members were written in order, so the guess is nearly always right.</summary>
    private static int Place(ref Utf8JsonReader reader, IReadOnlyList<string> names, int guess)
    {
        if (guess < names.Count && reader.ValueTextEquals(names[guess]))
        {
            return guess;
        }

        for (var place = 0; place < names.Count; place++)
        {
            if (reader.ValueTextEquals(names[place]))
            {
                return place;
            }
        }

        return -1;
    }

    private static void Journey(RunningRecord record, ReadOnlySpan<byte> entries)
    {
        var count = 0;
        var reader = new Utf8JsonReader(entries);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            reader.Skip();
            count++;
        }

        record.Journey.Restore(entries[1..^1], count);
    }

    private static void WriteEnd(RunningRecord record, BoundedText body)
    {
        if (record.Error is not null)
        {
            body.Write(",\"error\":{\"step\":"u8);
            WriteText(record.ErrorStep, body);
            body.Write(",\"message\":"u8);
            WriteText(record.Error, body);
            body.Write("}"u8);
        }

        if (record.Status == RecordStatus.Waiting)
        {
            body.Write(",\"next\":"u8);
            WriteText(record.Next, body);
            body.Write(",\"attempt\":"u8);
            body.Write(record.Attempt);
        }

        body.Write(",\"started_at\":\""u8);
        JourneyWriter.WriteTime(record.StartedAt, body);
        if (record.Status != RecordStatus.Waiting)
        {
            body.Write("\",\"ended_at\":\""u8);
            JourneyWriter.WriteTime(record.Now, body);
        }

        body.Write("\"}"u8);
    }

    private static void Member(byte[] head, ReadOnlySpan<byte> value, ref bool first, BoundedText into)
    {
        if (!value.IsEmpty)
        {
            into.Write(first ? ""u8 : ","u8);
            into.Write(head);
            into.Write(value);
            first = false;
        }
    }

    private static void WriteText(string? text, BoundedText into)
    {
        if (text is null)
        {
            into.Write("null"u8);
            return;
        }

        into.Write("\""u8);
        JsonText.Escape(Encoding.UTF8.GetBytes(text), into);
        into.Write("\""u8);
    }
}
