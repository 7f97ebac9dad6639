using System.Text;
using System.Text.Json;

namespace Troupe.Tables;

/// <summary>The columns of a table made ready for reading rows: names as UTF-8, lookup by name. Immutable, shared by all requests.</summary>
public sealed class ColumnSet
{
    private readonly byte[][] _names;
    private readonly ColumnType[] _types;
    private readonly Dictionary<string, int> _index;

    /// <summary>Prepares a schema.</summary>
    public ColumnSet(TableSchema schema)
    {
        Version = schema.Version;
        Names = [.. schema.Columns.Select(column => column.Name)];
        _names = [.. Names.Select(Encoding.UTF8.GetBytes)];
        _types = [.. schema.Columns.Select(column => column.Type)];
        _index = Names.Select((name, i) => (name, i)).ToDictionary(column => column.name, column => column.i);
    }

    /// <summary>Version of the schema.</summary>
    public int Version { get; }

    /// <summary>Names in the order of a row's values.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of columns.</summary>
    public int Count => _names.Length;

    /// <summary>What a column holds.</summary>
    public ColumnType Type(int column) => _types[column];

    /// <summary>The column of this name; -1 when there is none.</summary>
    public int Find(string name) => _index.TryGetValue(name, out var column) ? column : -1;

    /// <summary>The column of the property the reader stands on; -1 when there is none.</summary>
    /// <param name="reader">Stands on a property name.</param>
    /// <param name="guess">The column that is probably meant.</param>
    public int Find(ref Utf8JsonReader reader, int guess) =>
        (uint)guess < (uint)_names.Length && reader.ValueTextEquals(_names[guess]) ? guess : Find(reader.GetString()!);
}
