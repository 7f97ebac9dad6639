using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;
using Troupe.Bench.Load;

namespace Troupe.Bench.Baselines;

/// <summary>What PostgreSQL can do with nothing in front: psql copying a file, and connections that each commit one row after another.</summary>
internal static class BarePostgres
{
    /// <summary>Rows of the file that psql copies.</summary>
    public const int CopyRows = 500_000;

    private const int Connections = 32;
    private const string Create =
        "DROP TABLE IF EXISTS contact; CREATE TABLE contact " +
        "(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, phone text NOT NULL, account_id text NOT NULL)";

    /// <summary>Writes the file for <see cref="CopyRate"/>.</summary>
    public static async Task<string> File(Session session)
    {
        var file = Path.Combine(session.Fresh("copy"), "rows.csv");
        await using var writer = new StreamWriter(file, append: false, new UTF8Encoding(false), 1 << 20);
        for (var number = 0; number < CopyRows; number++)
            await writer.WriteAsync(string.Join(',', Rows.Values(number)) + "\n");
        return file;
    }

    /// <summary>Rows a second of <c>\copy</c> into an empty table with a key, as psql itself times it: its start is not counted, its commit is.</summary>
    public static async Task<double> CopyRate(string connectionString, string file)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        string[] where = ["-h", to.Host!, "-p", $"{to.Port}", "-U", to.Username!, "-d", to.Database!];
        var start = new ProcessStartInfo("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", .. where])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = to.Password, ["LC_ALL"] = "C" },
        };
        using var psql = Process.Start(start)!;
        await psql.StandardInput.WriteLineAsync($"{Create};\n\\timing on\n\\copy contact (name, phone, account_id) FROM '{file}' WITH (FORMAT csv)");
        psql.StandardInput.Close();
        var output = await psql.StandardOutput.ReadToEndAsync();
        await psql.WaitForExitAsync();
        var time = output.Split('\n').LastOrDefault(line => line.StartsWith("Time: ", StringComparison.Ordinal)); // Time: 812.345 ms
        return psql.ExitCode == 0 && time is not null
            ? CopyRows / (double.Parse(time.Split(' ')[1], CultureInfo.InvariantCulture) / 1_000)
            : throw new InvalidOperationException($"psql ended with {psql.ExitCode}: {output}{await psql.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Rows a second when 32 connections commit a row each, with a prepared statement and without HTTP.</summary>
    public static async Task<double> CommitRate(string connectionString, TimeSpan length)
    {
        var pool = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = Connections + 1 };
        await using var source = NpgsqlDataSource.Create(pool);
        await using (var create = source.CreateCommand(Create))
            await create.ExecuteNonQueryAsync();
        await Commit(source, TimeSpan.FromSeconds(0.5)); // warm-up
        return await Commit(source, length);
    }

    private static async Task<double> Commit(NpgsqlDataSource source, TimeSpan length)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(number => Task.Run(() => CommitAlone(source, number * 10_000, clock, length))));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static async Task<long> CommitAlone(NpgsqlDataSource source, int first, Stopwatch clock, TimeSpan length)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO contact (name, phone, account_id) VALUES ($1, $2, $3)", connection);
        foreach (var _ in Rows.Columns)
            insert.Parameters.Add(new NpgsqlParameter<string>());
        await insert.PrepareAsync();
        var count = 0L;
        for (; clock.Elapsed < length; count++)
        {
            var row = Rows.Values(first + (int)(count % 10_000));
            for (var i = 0; i < row.Length; i++)
                ((NpgsqlParameter<string>)insert.Parameters[i]).TypedValue = row[i];
            await insert.ExecuteNonQueryAsync();
        }

        return count;
    }
}
