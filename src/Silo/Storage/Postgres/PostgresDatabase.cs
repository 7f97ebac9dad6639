using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>A PostgreSQL database: its pool of connections, its lanes of writing, its sweep. Several nodes may use it at once.</summary>
public sealed class PostgresDatabase : IStorage
{
    /// <summary>Group transactions of changes that may be on their way at a time: while one waits for the disk or the network others go on.</summary>
    public const int CommitLanes = 4;

    private readonly PostgresAddress _address;
    private readonly ILogger? _log;
    private readonly SemaphoreSlim _opening = new(1);
    private NpgsqlDataSource? _source;
    private StoreMeter? _meter;
    private Lane<Change, Committed>[]? _changes;
    private Sweeper? _sweeper;

    /// <summary>A database that is not open yet.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="schemas">Declared kinds and logs.</param>
    /// <param name="clock">Says what has outlived its time.</param>
    /// <param name="log">Hears what an operator should know and can live with.</param>
    public PostgresDatabase(PostgresAddress address, Schemas schemas, TimeProvider clock, ILogger<PostgresDatabase>? log = null)
    {
        (_address, Clock, _log) = (address, clock, log);
        Tables = new(schemas, kind => new(kind), declared => new(declared));
    }

    /// <inheritdoc/>
    public string Description => _address.Description;

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>The declared tables.</summary>
    internal Tables<KindTable, LogTable> Tables { get; }

    private static StoreException Closed => new("The store is not open.");

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> Open(CancellationToken cancel = default)
    {
        await _opening.WaitAsync(cancel);
        try
        {
            return _source is not null ? [] : await Start(cancel);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask Probe(CancellationToken cancel = default) =>
        await Run(
            static async (connection, cancelled) =>
            {
                await using var ask = new NpgsqlCommand("SELECT current_setting('transaction_read_only') FROM troupe.migrations LIMIT 1", connection);
                return await ask.ExecuteScalarAsync(cancelled) is "off" ? true : throw new StoreException("The database is read-only: a standby, or set so.");
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
            foreach (var lane in _changes ?? [])
            {
                await lane.DisposeAsync();
            }

            _meter?.Dispose();
            await (_source?.DisposeAsync() ?? default);
            (_sweeper, _changes, _meter, _source) = (null, null, null, null);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Queues a change; it goes with others of its lane. Changes of one record, or of one log, share a lane.</summary>
    internal Task<Committed> Write(Change change)
    {
        var lanes = _changes ?? throw Closed;
        return lanes[(uint)HashCode.Combine(change.Workspace, First(change)) % (uint)lanes.Length].Run(change, ChangeSize.Of(change));
    }

    /// <summary>Does something on a connection of the pool; faults of the database come out as <see cref="StoreException"/>.</summary>
    internal async ValueTask<T> Run<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            await using var connection = await Connect(cancel);
            return await work(connection, cancel);
        }
        catch (Exception fault) when (cancel.IsCancellationRequested && fault is not StoreException)
        {
            throw new OperationCanceledException(cancel);
        }
        catch (Exception fault) when (fault is not StoreException)
        {
            throw Wrap(fault);
        }
    }

    /// <summary>A connection of the pool.</summary>
    internal ValueTask<NpgsqlConnection> Connect(CancellationToken cancel = default) => (_source ?? throw Closed).OpenConnectionAsync(cancel);

    /// <summary>See <see cref="Faults.Wrap"/>.</summary>
    internal Exception Wrap(Exception fault) => Faults.Wrap(fault, Description);

    /// <summary>What a change is about, to keep the order of those about the same.</summary>
    private static string First(Change change) =>
        change.Records.Count > 0 ? change.Records[0].Id
        : change.Rows.Count > 0 ? change.Rows[0].Log
        : change.Entries.Count > 0 ? change.Entries[0].Owner
        : change.Answers.Count > 0 ? change.Answers[0].Key
        : "";

    private async Task<List<string>> Start(CancellationToken cancel)
    {
        var source = Source();
        try
        {
            var applied = await new Opener(source, Tables, Clock, Description, _log).Open(cancel);
            _meter = new(() => _changes?.Sum(lane => lane.Waiting) ?? 0);
            _source = source;
            var committer = new Committer(this, _meter);
            _changes = [.. Enumerable.Range(0, CommitLanes).Select(_ => new Lane<Change, Committed>(committer.Carry, CommitLanes))];
            _sweeper = new(Erasing.Steps(this), Clock);
            return applied;
        }
        catch (Exception fault)
        {
            await source.DisposeAsync();
            throw fault is StoreException or OperationCanceledException { InnerException: null } ? fault : Wrap(fault);
        }
    }

    private NpgsqlDataSource Source()
    {
        var builder = new NpgsqlDataSourceBuilder(_address.ConnectionString);
        return _address.HasManyHosts ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }
}
