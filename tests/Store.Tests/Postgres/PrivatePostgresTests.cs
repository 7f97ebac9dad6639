using Npgsql;
using Troupe.Tests;

namespace Troupe.Storage.Postgres;

/// <summary>The tests' own server does what fault tests rely on.</summary>
public sealed class PrivatePostgresTests
{
    private static async Task<object?> Ask(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    [Fact]
    public async Task What_was_committed_outlives_a_crash_and_cut_connections_say_so()
    {
        await using var server = await PrivatePostgres.Launch();
        var database = await server.CreateDatabase();
        await Ask(database, "CREATE TABLE kept AS SELECT 7 AS n");
        await server.Restart(crash: true);
        Assert.Equal(7, await Ask(database, "SELECT n FROM kept"));
        Assert.Equal("on", await Ask(database, "SHOW fsync"));

        var sleep = Ask(database, "SELECT pg_sleep(60)");
        while (await server.TerminateBackends() == 0)
        {
            await Task.Yield();
        }

        Assert.Equal("57P01", (await Assert.ThrowsAsync<PostgresException>(() => sleep)).SqlState);
        await server.Stop();
        await Assert.ThrowsAsync<NpgsqlException>(() => Ask(database, "SELECT 1"));
    }

    [Fact]
    public async Task Databases_are_apart_and_the_role_owns_them()
    {
        var server = await PrivatePostgres.Shared;
        var (one, other) = (await server.CreateDatabase(), await server.CreateDatabase());
        await Ask(one, "CREATE TABLE mine (n int)");
        Assert.Equal(DBNull.Value, await Ask(other, "SELECT to_regclass('mine')::text"));
        Assert.Equal(false, await Ask(one, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"));
        await server.DropDatabase(other);
        Assert.Equal("3D000", (await Assert.ThrowsAsync<PostgresException>(() => Ask(other, "SELECT 1"))).SqlState);
    }
}
