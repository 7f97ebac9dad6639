namespace Troupe.Silo.Storage.Sqlite;

/// <summary>The SQLite database of a data directory: the file <c>troupe.db</c>, its writer, its readers, its sweep.</summary>
public sealed class Database : IStorage
{
    private readonly string _path;
    private readonly SemaphoreSlim _opening = new(1);
    private readonly Tables<KindTable, LogTable> _tables;
    private DataDirectory? _directory;
    private Writer? _writer;
    private Readers? _readers;
    private Sweeper? _sweeper;

    /// <summary>A database that is not open yet.</summary>
    /// <param name="path">The data directory.</param>
    /// <param name="schemas">Declared kinds and logs.</param>
    /// <param name="clock">Says what has outlived its time.</param>
    public Database(string path, Schemas schemas, TimeProvider clock)
    {
        (_path, Clock) = (Path.GetFullPath(path), clock);
        _tables = new(schemas, kind => new(kind), log => new(log));
    }

    /// <inheritdoc/>
    public string Description => $"SQLite in {_path}";

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>The declared tables.</summary>
    internal Tables<KindTable, LogTable> Tables => _tables;

    private static StoreException Closed => new("The store is not open.");

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> Open(CancellationToken cancel = default)
    {
        await _opening.WaitAsync(cancel);
        try
        {
            return _writer is not null ? [] : Start();
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask Probe(CancellationToken cancel = default) =>
        await Read(
            static connection =>
            {
                using var ask = connection.Use("SELECT max(number) FROM migrations");
                return ask.Step();
            },
            cancel);

    /// <inheritdoc/>
    public ValueTask Sweep(CancellationToken cancel = default) => (_sweeper ?? throw Closed).Sweep(cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _opening.WaitAsync();
        try
        {
            _sweeper?.Dispose();
            _readers?.Dispose();
            _writer?.Dispose(); // last of the connections, so that the log is taken into the file
            _directory?.Dispose();
            (_sweeper, _readers, _writer, _directory) = (null, null, null, null);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Queues a write; see <see cref="Writer.Run"/>.</summary>
    internal Task<T> Write<T>(Func<Connection, T> work, int bytes = 0) => (_writer ?? throw Closed).Run(work, bytes);

    /// <summary>Reads; see <see cref="Readers.Run"/>.</summary>
    internal ValueTask<T> Read<T>(Func<Connection, T> read, CancellationToken cancel) => (_readers ?? throw Closed).Run(read, cancel);

    private List<string> Start()
    {
        var directory = DataDirectory.Take(_path);
        Connection? connection = null;
        try
        {
            var file = Path.Combine(directory.Path, "troupe.db");
            connection = Connection.Open(file, writes: true);
            Migrations.Recognise(connection);
            connection.Execute(Pragmas.Writer);
            List<string> applied = [.. Migrations.Apply(connection, Clock.GetUtcNow()), .. Declared.Apply(connection, _tables.Kinds, _tables.Logs)];
            (_directory, _readers, _writer) = (directory, new(file), new(connection));
            _sweeper = new(Erasing.Steps(this), Clock);
            return applied;
        }
        catch (Exception fault)
        {
            connection?.Dispose();
            directory.Dispose();
            throw Faults.Wrap(fault);
        }
    }
}
