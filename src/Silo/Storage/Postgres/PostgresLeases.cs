using System.Security.Cryptography;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary><see cref="ILeaseTable"/> on PostgreSQL: one connection of its own for each session, one round trip for each operation.</summary>
public sealed class PostgresLeases : ILeaseTable
{
    /// <summary>Time to reach the server, in seconds: short, so that another try is made while the lease holds.</summary>
    private const int ConnectSeconds = 2;

    private readonly string _connection;
    private readonly int _lock = RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Leases in a database whose tables are there; connects later.</summary>
    /// <param name="connectionString">How the store connects. Pooling and time-outs are set as leases need them.</param>
    public PostgresLeases(string connectionString) => _connection = new NpgsqlConnectionStringBuilder(connectionString)
    {
        ApplicationName = "troupe lease",
        Pooling = false,
        Timeout = ConnectSeconds,
        CommandTimeout = 0, // each operation has a time-out of its own
        CancellationTimeout = -1, // what is given up is cut, not asked to stop
        KeepAlive = 0,
        MaxAutoPrepare = 0, // so that it works through a transaction pooler
        Multiplexing = false,
        Enlist = false,
        IncludeErrorDetail = false,
    }.ConnectionString;

    /// <summary>Makes the tables if they are not there, whoever else is at it.</summary>
    public async Task Prepare(CancellationToken cancel = default)
    {
        try
        {
            await using var connection = new NpgsqlConnection(_connection);
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            await Ask(connection, LeaseStatements.Alone, cancel).ConfigureAwait(false);
            if (await Ask(connection, LeaseStatements.Present, cancel).ConfigureAwait(false) is false)
            {
                await Ask(connection, LeaseStatements.Tables, cancel).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancel).ConfigureAwait(false);
        }
        catch (NpgsqlException fault)
        {
            throw Unreachable(fault);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ILeaseSession> Open(string node, bool guarded, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(_connection);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            await using var open = new NpgsqlCommand(LeaseStatements.Open, connection);
            Add(open.Parameters, guarded, connection.ProcessID, _lock);
            bool direct, locked;
            await using (var answer = await open.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            {
                await answer.ReadAsync(cancel).ConfigureAwait(false);
                (direct, locked) = (answer.GetInt32(0) == connection.ProcessID, answer.GetBoolean(1)); // a pooler gives its own number
            }

            if (direct)
            {
                await using var keepAlive = new NpgsqlCommand(LeaseStatements.KeepAlive, connection);
                await keepAlive.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            }

            return new Session(connection, _lock, direct, direct && guarded, locked);
        }
        catch (Exception fault)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (fault is NpgsqlException)
            {
                throw Unreachable(fault);
            }

            throw;
        }
    }

    private static async Task<object?> Ask(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false);
    }

    private static StoreException Unreachable(Exception fault) => new($"The database can't be used for this node's lease: {fault.Message}", fault);

    private static void Add(NpgsqlParameterCollection parameters, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
        {
            parameters.Add(new() { Value = value });
        }
    }

    private sealed class Session(NpgsqlConnection connection, int lockKey, bool direct, bool wantsLock, bool locked) : ILeaseSession
    {
        public bool IsGuarded { get; private set; } = locked;

        public async ValueTask<LeaseGlance> Look(CancellationToken cancel)
        {
            await using var look = new NpgsqlCommand(LeaseStatements.Look, connection);
            Add(look.Parameters, wantsLock && !IsGuarded, lockKey);
            await using var answer = await look.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            await answer.ReadAsync(cancel).ConfigureAwait(false);
            IsGuarded |= answer.GetBoolean(3); // it was not free at first: a session we lost had not ended yet
            return new(answer.GetFieldValue<DateTimeOffset>(0), answer.GetInt64(1), answer.GetFieldValue<string[]>(2));
        }

        public async ValueTask<LeaseAnswer> Renew(LeaseRequest request, CancellationToken cancel)
        {
            await using var batch = new NpgsqlBatch(connection); // one transaction, since nothing in it says otherwise
            Write(batch, request);
            batch.BatchCommands.Add(new(LeaseStatements.ReadVersion));
            batch.BatchCommands.Add(new(LeaseStatements.ReadNodes));
            batch.BatchCommands.Add(new(LeaseStatements.ReadPartitions));
            await using var answer = await batch.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            await answer.ReadAsync(cancel).ConfigureAwait(false);
            var (now, version) = (answer.GetFieldValue<DateTimeOffset>(0), answer.GetInt64(1));
            await answer.NextResultAsync(cancel).ConfigureAwait(false);
            var (names, nodes) = (new Dictionary<int, string>(), new List<NodeLease>());
            while (await answer.ReadAsync(cancel).ConfigureAwait(false))
            {
                var node = Read(answer);
                names[answer.GetInt32(0)] = node.Node.Name;
                nodes.Add(node);
            }

            await answer.NextResultAsync(cancel).ConfigureAwait(false);
            await answer.ReadAsync(cancel).ConfigureAwait(false);
            var (owners, epochs) = (answer.GetFieldValue<int[]>(0), answer.GetFieldValue<long[]>(1));
            await answer.CloseAsync().ConfigureAwait(false); // before anything is believed: the end of the batch is the commit
            return new(now, version, nodes, [.. owners.Zip(epochs, (owner, epoch) => new PartitionLease(names.GetValueOrDefault(owner), epoch))]);
        }

        public async ValueTask Rest(TimeSpan time, CancellationToken cancel)
        {
            try
            {
                if (direct)
                {
                    await connection.WaitAsync(time, cancel).ConfigureAwait(false); // reads, so that an end of the session is noticed at once
                }
                else
                {
                    await Task.Delay(time, cancel).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
            }
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private void Write(NpgsqlBatch batch, LeaseRequest request)
        {
            if (request.Leaves)
            {
                Do(LeaseStatements.Leave);
            }
            else
            {
                var node = request.Node;
                Do(LeaseStatements.Renew, node.Address, node.Roles.ToArray(), node.Version, node.StartedAt.ToUniversalTime(), request.State.ToString(),
                    request.Duration, IsGuarded ? lockKey : DBNull.Value, request.Handovers, request.Stats);
                Each<int>(LeaseStatements.Release, [.. request.Release]);
                Each<string>(LeaseStatements.Expire, [.. request.Expire]);
                Each<string>(LeaseStatements.Bury, [.. request.Bury]);
                Each<int>(LeaseStatements.Claim, [.. request.Claim]);
                Each<string>(LeaseStatements.Drain, [.. request.Drain]);
            }

            if (request.IsNews)
            {
                batch.BatchCommands.Add(new(LeaseStatements.Tell));
            }

            void Each<T>(string sql, T[] list)
            {
                if (list.Length > 0)
                {
                    Do(sql, list);
                }
            }

            void Do(string sql, params ReadOnlySpan<object> more)
            {
                var command = new NpgsqlBatchCommand(sql);
                Add(command.Parameters, request.Node.Name, request.Number);
                Add(command.Parameters, more);
                batch.BatchCommands.Add(command);
            }
        }

        private static NodeLease Read(NpgsqlDataReader row) => new(
            new(row.GetString(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5)),
            Enum.Parse<NodeState>(row.GetString(6)),
            row.GetBoolean(7),
            row.GetFieldValue<DateTimeOffset>(8),
            row.GetFieldValue<DateTimeOffset>(9),
            row.GetBoolean(10),
            row.GetInt64(11),
            row.GetString(12));
    }
}
