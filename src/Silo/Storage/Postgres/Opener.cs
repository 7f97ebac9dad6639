using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Brings the database up to date, one node at a time however many start at once. The lock belongs to a transaction, so it works through a pooler and
/// is free again when its node dies; whatever was half done then is done again by the next, since each step looks first.</summary>
internal sealed partial class Opener(NpgsqlDataSource source, Tables<KindTable, LogTable> tables, TimeProvider clock, string where, ILogger? log)
{
    /// <summary>Time for one step of bringing the database up to date, in seconds: indexes of large tables take theirs.</summary>
    public const int StepSeconds = 3_600;

    /// <summary>First half of the keys of the store's advisory locks ("Trpe").</summary>
    public const int Locks = 0x54727065;

    /// <summary>Second half: who brings the database up to date.</summary>
    private const int Upgrade = 1;

    /// <summary>Oldest server that will do.</summary>
    private const int OldestServer = 14;

    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(200);
    private readonly ILogger _log = log ?? NullLogger.Instance;

    /// <summary>Applies what is missing; tells what was applied.</summary>
    public async Task<List<string>> Open(CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await CheckServer(connection, cancel);
        var present = await Migrations.Present(connection, where, cancel);
        var trigrams = await Trigrams(connection, create: false, cancel);
        if (present >= Migrations.Latest && (trigrams is not null || !tables.Kinds.Any(kind => kind.Schema.Searchable)))
        {
            var declared = await Declared.Read(connection, tables, trigrams, cancel);
            if (declared.IsCurrent)
            {
                return [];
            }
        }

        return await Alone(connection, cancel);
    }

    private async Task<List<string>> Alone(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var holder = await source.OpenConnectionAsync(cancel);
        await using var held = await Take(holder, cancel);
        var present = await Migrations.Present(connection, where, cancel);
        var applied = await Migrations.Apply(connection, present, clock.GetUtcNow(), cancel);
        var trigrams = tables.Kinds.Any(kind => kind.Schema.Searchable) ? await Trigrams(connection, create: true, cancel) : null;
        var declared = await Declared.Read(connection, tables, trigrams, cancel);
        applied.AddRange(await declared.Follow(connection, where, cancel));
        await held.CommitAsync(cancel);
        return applied;
    }

    /// <summary>The transaction that holds the lock. Neither it nor those that wait for it may keep a snapshot: making an index beside its writers waits for
    /// whoever has an older one.</summary>
    private async Task<NpgsqlTransaction> Take(NpgsqlConnection holder, CancellationToken cancel)
    {
        for (var told = false; ; told = true)
        {
            var transaction = await holder.BeginTransactionAsync(cancel);
            await using var take = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({Locks}, {Upgrade})", holder, transaction);
            if (await take.ExecuteScalarAsync(cancel) is true)
            {
                await using var letGo = new NpgsqlCommand("SET LOCAL application_name = 'troupe upgrade'", holder, transaction); // of the snapshot of the query
                await letGo.ExecuteNonQueryAsync(cancel);
                return transaction;
            }

            await transaction.DisposeAsync();
            if (!told)
            {
                Waiting(_log, where);
            }

            await Task.Delay(s_wait, cancel);
        }
    }

    private async Task CheckServer(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new StoreException($"{where} is version {connection.PostgreSqlVersion}; {OldestServer} or later is needed.");
        }

        await using var ask = new NpgsqlCommand(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean, current_setting('fsync')::boolean", connection);
        await using var answer = await ask.ExecuteReaderAsync(cancel);
        await answer.ReadAsync(cancel);
        if (answer.GetBoolean(0))
        {
            throw new StoreException($"{where} is read-only: a standby, or set so. Point the setting Database at the primary.");
        }

        if (!answer.GetBoolean(1))
        {
            Unsafe(_log, where);
        }
    }

    /// <summary>The schema of the extension that finds text by trigrams; null when it is not there and can't be made.</summary>
    private async Task<string?> Trigrams(NpgsqlConnection connection, bool create, CancellationToken cancel)
    {
        await using var find = new NpgsqlCommand(
            "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'", connection);
        if (await find.ExecuteScalarAsync(cancel) is string schema)
        {
            return schema;
        }

        if (!create)
        {
            return null;
        }

        try
        {
            await using var make = new NpgsqlCommand("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA troupe", connection);
            await make.ExecuteNonQueryAsync(cancel);
            return "troupe";
        }
        catch (PostgresException refused)
        {
            NoTrigrams(_log, where, refused.MessageText);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Where} is being brought up to date by another node; waiting.")]
    private static partial void Waiting(ILogger log, string where);

    [LoggerMessage(LogLevel.Warning, "{Where} runs with fsync off: what is acknowledged may be lost in a crash of its machine.")]
    private static partial void Unsafe(ILogger log, string where);

    [LoggerMessage(
        LogLevel.Warning,
        "{Where} has no pg_trgm ({Reason}): text is found by reading every record of a workspace. As superuser: CREATE EXTENSION pg_trgm; then start again.")]
    private static partial void NoTrigrams(ILogger log, string where, string reason);
}
