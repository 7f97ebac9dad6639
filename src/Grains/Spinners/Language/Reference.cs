using System.Text;

namespace Troupe.Spinners;

/// <summary>A path bound to the places of one pipeline: reading it is an index, not a look-up by name.</summary>
/// <param name="path">The path.</param>
/// <param name="output">Place of the output field; -1 when no step writes it.</param>
/// <param name="payload">Place of the metadata field; -1 when the table has none of this name.</param>
internal sealed class Reference(FieldPath path, int output, int payload)
{
    /// <summary>The value as JSON text; empty when missing. Valid until the record changes.</summary>
    public ReadOnlySpan<byte> Read(RunningRecord record)
    {
        if (path.Name.Length == 0)
        {
            return JsonSlice.Walk(path.Root == PathRoot.Output ? record.OutputJson() : record.PayloadJson(), path.Rest);
        }

        var value = path.Root == PathRoot.Context ? record.Context(path.Name) : record.Output(output);
        if (value.IsEmpty && payload >= 0)
        {
            value = record.Payload(payload);
        }

        return path.Rest.Length == 0 ? value : JsonSlice.Walk(value, path.Rest);
    }
}

/// <summary>The names a pipeline knows, and their places.</summary>
internal sealed class Scope
{
    private readonly Dictionary<string, int> _payload = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _output = new(StringComparer.Ordinal);
    private readonly List<string> _outputs = [];
    private readonly List<byte[]> _heads = [];

    /// <param name="columns">Columns of the table in order.</param>
    /// <param name="metadata">The columns that enter the payload; all when empty, unknown ones are left out.</param>
    public Scope(IReadOnlyList<string> columns, IReadOnlyList<string> metadata)
    {
        var chosen = metadata.ToHashSet(StringComparer.Ordinal);
        PlaceOfColumn = new int[columns.Count];
        for (var column = 0; column < columns.Count; column++)
        {
            PlaceOfColumn[column] = (chosen.Count == 0 || chosen.Contains(columns[column])) && _payload.TryAdd(columns[column], _payload.Count)
                ? _payload.Count - 1 : -1;
        }

        Columns = Array.LastIndexOf(PlaceOfColumn, _payload.Count - 1) + 1;
        PayloadNames = [.. _payload.OrderBy(p => p.Value).Select(p => p.Key)];
        PayloadHeads = [.. PayloadNames.Select(Head)];
    }

    /// <summary>For each column its place in the payload, or -1.</summary>
    public int[] PlaceOfColumn { get; }

    /// <summary>Columns to be read of a row: those up to the last that enters the payload.</summary>
    public int Columns { get; }

    /// <summary>The metadata fields in order.</summary>
    public string[] PayloadNames { get; }

    /// <summary>The metadata fields as <c>"name":</c>.</summary>
    public byte[][] PayloadHeads { get; }

    /// <summary>The output fields in order.</summary>
    public IReadOnlyList<string> OutputNames => _outputs;

    /// <summary>The output fields as <c>"name":</c>.</summary>
    public IReadOnlyList<byte[]> OutputHeads => _heads;

    /// <summary>The place of an output field, made when it is new.</summary>
    public int Output(string name)
    {
        if (_output.TryAdd(name, _outputs.Count))
        {
            _outputs.Add(name);
            _heads.Add(Head(name));
        }

        return _output[name];
    }

    /// <summary>Binds a path. All outputs must have been declared before, or those declared later are taken for missing.</summary>
    public Reference Bind(FieldPath path) => new(
        path,
        path.Root is PathRoot.Any or PathRoot.Output ? _output.GetValueOrDefault(path.Name, -1) : -1,
        path.Root is PathRoot.Any or PathRoot.Payload ? _payload.GetValueOrDefault(path.Name, -1) : -1);

    /// <summary>A name as the start of a JSON member.</summary>
    public static byte[] Head(string name)
    {
        var head = new BoundedText(int.MaxValue);
        head.Write((byte)'"');
        JsonText.Escape(Encoding.UTF8.GetBytes(name), head);
        head.Write("\":"u8);
        return head.Written.ToArray();
    }
}
