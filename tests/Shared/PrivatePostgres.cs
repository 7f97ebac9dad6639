using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Troupe.Tests;

/// <summary>A PostgreSQL server of the tests' own, from the system's programs: durable as a real one (fsync on), reached at 127.0.0.1 with a password, stopped
/// and deleted when this process ends, however it ends. A test may stop it, start it again and cut its connections.</summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    /// <summary>The role programs under test connect as: owner of its databases, no superuser.</summary>
    public const string Role = "troupe";

    /// <summary>Its password.</summary>
    public const string Password = "a-password-of-the-tests";

    private static readonly ConcurrentBag<string> s_idle = [];
    private static readonly Lazy<Task<PrivatePostgres>> s_shared = new(() => Launch());
    private readonly string _root;
    private Process? _lifeline;
    private int _made;

    private PrivatePostgres(string root) => _root = root;

    /// <summary>One server for all tests of this process; started by the first that asks.</summary>
    public static Task<PrivatePostgres> Shared => s_shared.Value;

    /// <summary>Its port on 127.0.0.1; the same after a restart.</summary>
    public int Port { get; private set; }

    private string Data => Path.Combine(_root, "data");

    /// <summary>Starts a new server.</summary>
    /// <param name="settings">Lines for its configuration, e.g. <c>max_connections = 300</c>.</param>
    public static async Task<PrivatePostgres> Launch(params string[] settings)
    {
        var server = new PrivatePostgres(Directory.CreateTempSubdirectory("troupe-pg-").FullName);
        server.Hold();
        try
        {
            await server.Make(settings);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a program under test connects to a database.</summary>
    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username={Role};Password={Password};Database={database}";

    /// <summary>Makes an empty database, in a language's order where the server can (byte order must not be relied on), and gives its connection
    /// string.</summary>
    public async Task<string> CreateDatabase(string? name = null)
    {
        name ??= $"test_{Interlocked.Increment(ref _made)}";
        await using var admin = await Admin("postgres");
        var language = admin.PostgreSqlVersion.Major >= 15 ? " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" : "";
        await Run(admin, $"CREATE DATABASE \"{name}\" OWNER {Role} TEMPLATE template0{language}");
        return ConnectionString(name);
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    public async Task DropDatabase(string connectionString)
    {
        await using var admin = await Admin("postgres");
        await Run(admin, $"DROP DATABASE IF EXISTS \"{new NpgsqlConnectionStringBuilder(connectionString).Database}\" WITH (FORCE)");
    }

    /// <summary>The connection string of an empty database of the shared server that nobody else uses; <see cref="Return"/> it.</summary>
    public static async Task<string> Rent()
    {
        if (!s_idle.TryTake(out var connection))
        {
            return await (await Shared).CreateDatabase();
        }

        await using var source = NpgsqlDataSource.Create(connection);
        await using var drop = source.CreateCommand("DROP SCHEMA IF EXISTS troupe CASCADE");
        await drop.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Gives a database back, for others to use.</summary>
    public static void Return(string connection) => s_idle.Add(connection);

    /// <summary>Runs a statement as superuser and gives the first value.</summary>
    public async Task<object?> Ask(string sql, string database = "postgres")
    {
        await using var admin = await Admin(database);
        return await Run(admin, sql);
    }

    /// <summary>Makes a tablespace in an empty directory, which the server's user is made the owner of if this process may.</summary>
    public async Task CreateTablespace(string name, string directory)
    {
        if (PostgresPrograms.User is { } user)
        {
            await PostgresPrograms.RunAny("/", "chown", user, directory);
        }

        await Ask($"CREATE TABLESPACE {name} LOCATION '{directory}'");
    }

    /// <summary>Ends all connections of the test role, to one database or to all.</summary>
    /// <returns>How many were ended.</returns>
    public async Task<int> TerminateBackends(string? database = null)
    {
        var where = database is null ? "" : $" AND datname = '{database}'";
        return Convert.ToInt32(
            await Ask($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{Role}'{where}"), CultureInfo.InvariantCulture);
    }

    /// <summary>Stops it; connections are cut.</summary>
    /// <param name="crash">As a crash does: nothing is tidied up, the next start recovers from the log.</param>
    public Task Stop(bool crash = false) => PostgresPrograms.Run(_root, "pg_ctl", "-D", Data, "-w", "-m", crash ? "immediate" : "fast", "stop");

    /// <summary>Starts it again after <see cref="Stop"/>, at the same address.</summary>
    public Task Start() => PostgresPrograms.Run(_root, "pg_ctl", "-D", Data, "-w", "-t", "60", "-l", Path.Combine(_root, "log"), "start");

    /// <summary>Stops it and starts it again.</summary>
    /// <param name="crash">See <see cref="Stop"/>.</param>
    public async Task Restart(bool crash = false)
    {
        await Stop(crash);
        await Start();
    }

    /// <summary>Stops and deletes it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _lifeline, null) is { } lifeline)
        {
            using (lifeline)
            {
                lifeline.StandardInput.Close();
                await lifeline.WaitForExitAsync();
            }
        }
    }

    /// <summary>A shell that reads from this process until that ends, killed or not, and then takes the server away.</summary>
    private void Hold()
    {
        var stop = string.Join(' ', [.. PostgresPrograms.AsUser, PostgresPrograms.Path("pg_ctl"), "-D", Data, "-w", "-m", "immediate", "stop"]);
        _lifeline = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"trap '' INT TERM; cat >/dev/null; {stop}; rm -rf {_root}"])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
    }

    private async Task Make(string[] settings)
    {
        if (PostgresPrograms.User is { } user)
        {
            await PostgresPrograms.RunAny("/", "chown", user, _root);
        }

        string[] logins = ["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"];
        await PostgresPrograms.Run(_root, "initdb", ["-D", Data, "-E", "UTF8", "--locale=C", .. logins]);
        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"),
            [
                $"port = {Port}", "listen_addresses = '127.0.0.1'", $"unix_socket_directories = '{_root}'", "max_connections = 200", .. settings,
            ]);
            try
            {
                await Start();
                break;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                // Somebody was faster with the port.
            }
        }

        await Ask($"CREATE ROLE {Role} LOGIN PASSWORD '{Password}'");
    }

    private async Task<NpgsqlConnection> Admin(string database)
    {
        var connection = new NpgsqlConnection($"Host={_root};Port={Port};Username=postgres;Database={database};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A free port below those the system hands out to clients, so that nobody gets it while the server is stopped.</summary>
    private static int FreePort()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000));
            try
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // In use; try another.
            }
        }
    }
}
