using System.Buffers;
using Npgsql;
using NpgsqlTypes;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Values on their way into statements: whole columns as arrays, single values, and text in a form the database can hold.</summary>
internal static class Columns
{
    private static readonly SearchValues<char> s_odd = SearchValues.Create(['\0', .. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);

    /// <summary>Text as it is kept: NUL and half surrogates, which the database can't hold, become U+FFFD.</summary>
    public static string Clean(string text) => text.AsSpan().ContainsAny(s_odd) ? Replace(text) : text;

    /// <summary>A command of a batch.</summary>
    public static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string?[] column) =>
        command.Put(Array.ConvertAll(column, text => text is null ? null : Clean(text)), NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, long[] column) => command.Put(column, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int[] column) => command.Put(column, NpgsqlDbType.Array | NpgsqlDbType.Integer);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, bool[] column) => command.Put(column, NpgsqlDbType.Array | NpgsqlDbType.Boolean);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, ReadOnlyMemory<byte>[] column) =>
        command.Put(column, NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, long value) => command.Put(value, NpgsqlDbType.Bigint);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int value) => command.Put(value, NpgsqlDbType.Integer);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string value) => command.Put(Clean(value), NpgsqlDbType.Text);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, DateTimeOffset value) => command.With(value.ToUnixTimeMilliseconds());

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, ReadOnlyMemory<byte> value) => command.Put(value, NpgsqlDbType.Bytea);

    /// <summary>The values of one facet over many rows.</summary>
    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, FacetType type, object?[] column) => type switch
    {
        FacetType.Text => command.With(Array.ConvertAll(column, value => (string?)value)),
        FacetType.Integer => command.Put(Array.ConvertAll(column, value => (long?)value), NpgsqlDbType.Array | NpgsqlDbType.Bigint),
        _ => command.Put(Array.ConvertAll(column, value => (double?)value), NpgsqlDbType.Array | NpgsqlDbType.Double),
    };

    /// <summary>One value of a condition: string, long or double.</summary>
    public static NpgsqlBatchCommand WithAny(this NpgsqlBatchCommand command, object? value) => value switch
    {
        string text => command.With(text),
        long number => command.With(number),
        double real => command.Put(real, NpgsqlDbType.Double),
        _ => throw new ArgumentException($"A {value?.GetType().Name ?? "null"} is no value of a condition.", nameof(value)),
    };

    /// <summary>Type of a facet's column.</summary>
    public static string Type(FacetType type) => type switch
    {
        FacetType.Text => "text",
        FacetType.Integer => "bigint",
        _ => "double precision",
    };

    /// <summary>A time of a row.</summary>
    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    /// <summary>Bytes of a row.</summary>
    public static byte[] Bytes(this NpgsqlDataReader reader, int column) => reader.GetFieldValue<byte[]>(column);

    /// <summary>Facets of a row, from a column on.</summary>
    public static object?[] Facets(this NpgsqlDataReader reader, int first, IReadOnlyList<Facet> facets)
    {
        var values = new object?[facets.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reader.IsDBNull(first + i) ? null : reader.GetValue(first + i);
        }

        return values;
    }

    private static NpgsqlBatchCommand Put<T>(this NpgsqlBatchCommand command, T value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value, NpgsqlDbType = type });
        return command;
    }

    private static string Replace(string text)
    {
        var clean = new System.Text.StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString()); // half surrogates are enumerated as U+FFFD
        }

        return clean.ToString();
    }
}
