using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>One connection with its prepared statements. Used by one thread at a time. Statements go to the native interface directly: it measured
/// 1.3 to 1.7 times as fast as parameters and commands (docs/concepts/store.md).</summary>
internal sealed class Connection : IDisposable
{
    /// <summary>Statements kept prepared. Filters make new texts; beyond this many the kept ones are let go together.</summary>
    private const int Kept = 256;

    private readonly SqliteConnection _opened;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    private Connection(SqliteConnection opened) => _opened = opened;

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    /// <summary>Rows the last statement inserted, changed or deleted.</summary>
    public int Changes => raw.sqlite3_changes(Handle);

    /// <summary>Row id of the last insert.</summary>
    public long LastId => raw.sqlite3_last_insert_rowid(Handle);

    /// <summary>The native handle.</summary>
    public sqlite3 Handle => _opened.Handle!;

    /// <summary>Opens the file. The settings (<see cref="Pragmas"/>) come after, when the file is known to be ours.</summary>
    /// <param name="file">Path of the database file.</param>
    /// <param name="writes">Whether this is the writer; it makes the file when it is not there.</param>
    public static Connection Open(string file, bool writes)
    {
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = writes ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ConnectionString);
        var connection = new Connection(opened);
        try
        {
            opened.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Borrows a prepared statement; disposing it gives it back. The text is made of declared names only, never of values.</summary>
    public Statement Use(string sql)
    {
        if (_statements.TryGetValue(sql, out var kept))
        {
            return kept;
        }

        if (_statements.Count >= Kept)
        {
            Forget();
        }

        Check(raw.sqlite3_prepare_v3(Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared));
        return _statements[sql] = new Statement(this, prepared);
    }

    /// <summary>Runs one prepared statement without values.</summary>
    public void Run(string sql)
    {
        using var statement = Use(sql);
        statement.Run();
    }

    /// <summary>Runs statements without values, one after the other.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>Ends the open transaction as if it had not been, if there is one.</summary>
    public void Rollback()
    {
        if (InTransaction)
        {
            Run("ROLLBACK");
        }
    }

    /// <summary>Makes the statement that runs on this connection fail; called from another thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(Handle);

    /// <summary>Throws when a result code is an error.</summary>
    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(code, Handle);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _opened.Dispose();
    }

    private void Forget()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Free();
        }

        _statements.Clear();
    }
}
