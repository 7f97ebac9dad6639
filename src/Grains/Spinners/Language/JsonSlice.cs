using System.Text.Json;
using System.Text.Unicode;

namespace Troupe.Spinners;

/// <summary>Finds values inside JSON text. A value is the slice of text it is written as; an empty slice is a missing value.</summary>
internal static class JsonSlice
{
    /// <summary>Goes down a path; empty when there is nothing.</summary>
    public static ReadOnlySpan<byte> Walk(ReadOnlySpan<byte> json, PathSegment[] path)
    {
        foreach (var segment in path)
        {
            if (json.IsEmpty)
            {
                return json;
            }

            json = segment.Name is { } name ? Member(json, name) : Element(json, segment.Index);
        }

        return json;
    }

    /// <summary>The value the reader stands on, which is moved to its end.</summary>
    public static ReadOnlySpan<byte> Current(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>Whether some bytes are one JSON value in valid UTF-8.</summary>
    public static bool IsValid(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> json, byte[] name)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return [];
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            var value = Current(ref reader, json);
            if (found)
            {
                return value;
            }
        }

        return [];
    }

    private static ReadOnlySpan<byte> Element(ReadOnlySpan<byte> json, int index)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return [];
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var value = Current(ref reader, json);
            if (index-- == 0)
            {
                return value;
            }
        }

        return [];
    }
}
