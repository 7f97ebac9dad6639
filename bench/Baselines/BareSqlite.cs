using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Troupe.Bench.Load;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Bench.Baselines;

/// <summary>What the driver and the file can do with nothing in front: no HTTP, no parsing, no check, no grain.
/// The file is set up as the store sets up its own.</summary>
internal static class BareSqlite
{
    private const string Insert = "INSERT INTO contact (name, phone, account_id) VALUES ($name, $phone, $account_id)";

    /// <summary>Rows a second of a prepared insert in one transaction, its commit included.</summary>
    public static double InsertRate(string file, TimeSpan length)
    {
        var rows = Ready();
        InsertFor(file, rows, TimeSpan.FromSeconds(0.5)); // warm-up
        return InsertFor(file, rows, length);
    }

    /// <summary>Rows a second when each is committed alone.</summary>
    public static double CommitRate(string file, TimeSpan length)
    {
        using var connection = Open(file);
        using var insert = Prepare(connection);
        var rows = Ready();
        CommitFor(insert, rows, TimeSpan.FromSeconds(0.3)); // warm-up
        return CommitFor(insert, rows, length);
    }

    private static double InsertFor(string file, string[][] rows, TimeSpan length)
    {
        using var connection = Open(file);
        using var transaction = connection.BeginTransaction();
        using var insert = Prepare(connection);
        insert.Transaction = transaction;
        var count = 0;
        var clock = Stopwatch.StartNew();
        do
        {
            for (var i = 0; i < 1_000; i++, count++)
                Execute(insert, rows[count % rows.Length]);
        }
        while (clock.Elapsed < length);
        transaction.Commit();
        return count / clock.Elapsed.TotalSeconds;
    }

    private static double CommitFor(SqliteCommand insert, string[][] rows, TimeSpan length)
    {
        var count = 0;
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed < length; count++)
            Execute(insert, rows[count % rows.Length]); // outside a transaction a statement commits itself
        return count / clock.Elapsed.TotalSeconds;
    }

    private static void Execute(SqliteCommand insert, string[] row)
    {
        for (var i = 0; i < row.Length; i++)
            insert.Parameters[i].Value = row[i];
        insert.ExecuteNonQuery();
    }

    private static string[][] Ready() => [.. Enumerable.Range(0, 100_000).Select(Rows.Values)];

    private static SqliteConnection Open(string file)
    {
        foreach (var part in new[] { file, $"{file}-wal", $"{file}-shm" })
            File.Delete(part);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = Pragmas.Writer + "CREATE TABLE contact (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL, account_id TEXT NOT NULL)";
        setup.ExecuteNonQuery();
        return connection;
    }

    private static SqliteCommand Prepare(SqliteConnection connection)
    {
        var insert = connection.CreateCommand();
        insert.CommandText = Insert;
        foreach (var column in Rows.Columns)
            insert.Parameters.Add($"${column}", SqliteType.Text);
        insert.Prepare();
        return insert;
    }
}
