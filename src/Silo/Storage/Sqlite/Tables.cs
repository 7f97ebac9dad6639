namespace Troupe.Silo.Storage.Sqlite;

/// <summary>The tables of all declared kinds and logs.</summary>
internal sealed class Tables(Schemas schemas)
{
    private readonly Dictionary<string, KindTable> _kinds = schemas.Kinds.ToDictionary(k => k.Kind.Name, k => new KindTable(k), StringComparer.Ordinal);
    private readonly Dictionary<string, LogTable> _logs = schemas.Logs.ToDictionary(l => l.Name, l => new LogTable(l), StringComparer.Ordinal);

    /// <summary>The declarations.</summary>
    public Schemas Schemas { get; } = schemas;

    public IEnumerable<KindTable> Kinds => _kinds.Values;

    public IEnumerable<LogTable> Logs => _logs.Values;

    /// <summary>The table of a kind. Throws <see cref="ArgumentException"/> when it is not declared.</summary>
    public KindTable Of(Kind kind) => _kinds[Schemas.Of(kind).Kind.Name];

    /// <summary>The table of a log. Throws <see cref="ArgumentException"/> when it is not declared.</summary>
    public LogTable Log(string name) => _logs[Schemas.Log(name).Name];
}
