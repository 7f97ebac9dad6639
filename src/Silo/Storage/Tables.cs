namespace Troupe.Silo.Storage;

/// <summary>What an engine keeps ready for each declared kind and log.</summary>
/// <param name="schemas">The declarations.</param>
/// <param name="kind">Makes it for a kind.</param>
/// <param name="log">Makes it for a log.</param>
internal sealed class Tables<TKind, TLog>(Schemas schemas, Func<KindSchema, TKind> kind, Func<LogSchema, TLog> log)
{
    private readonly Dictionary<string, TKind> _kinds = schemas.Kinds.ToDictionary(k => k.Kind.Name, kind, StringComparer.Ordinal);
    private readonly Dictionary<string, TLog> _logs = schemas.Logs.ToDictionary(l => l.Name, log, StringComparer.Ordinal);

    /// <summary>The declarations.</summary>
    public Schemas Schemas { get; } = schemas;

    public IEnumerable<TKind> Kinds => _kinds.Values;

    public IEnumerable<TLog> Logs => _logs.Values;

    /// <summary>The table of a kind. Throws <see cref="ArgumentException"/> when it is not declared.</summary>
    public TKind Of(Kind kind) => _kinds[Schemas.Of(kind).Kind.Name];

    /// <summary>The table of a log. Throws <see cref="ArgumentException"/> when it is not declared.</summary>
    public TLog Log(string name) => _logs[Schemas.Log(name).Name];
}
