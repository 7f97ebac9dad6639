using Microsoft.Data.Sqlite;
using Troupe.Silo.Storage;
using Troupe.Silo.Storage.Sqlite;
using Troupe.Tests;

namespace Troupe.Storage.Sqlite;

/// <summary>One process a directory, and only a file of ours.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("troupe-").FullName, "data");

    private Database Make() => new(_path, new([], []), TimeProvider.System);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public async Task It_is_made_for_its_owner_only()
    {
        await using var database = Make();
        await database.Open();
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(_path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Fact]
    public async Task A_second_holder_is_refused_with_the_directory_and_the_process_of_the_first()
    {
        await using var second = Make();
        await using (var first = Make())
        {
            await first.Open();
            var refused = await Assert.ThrowsAsync<StoreException>(async () => await second.Open());
            Assert.Contains(_path, refused.Message, StringComparison.Ordinal);
            Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
            await first.Probe();
        }

        await second.Open();
        await second.Probe();
    }

    [Fact]
    public async Task What_a_killed_process_left_does_not_keep_others_out()
    {
        Directory.CreateDirectory(_path);
        await File.WriteAllTextAsync(Path.Combine(_path, "troupe.lock"), "");
        await File.WriteAllTextAsync(Path.Combine(_path, "troupe.pid"), "999999999\n");
        await using var database = Make();
        await database.Open();
        Assert.Equal($"{Environment.ProcessId}\n", await File.ReadAllTextAsync(Path.Combine(_path, "troupe.pid")));
    }

    [Fact]
    public async Task Opening_twice_applies_nothing_the_second_time()
    {
        await using (var database = Make())
        {
            Assert.NotEmpty(await database.Open());
            Assert.Empty(await database.Open());
        }

        await using var again = Make();
        Assert.Empty(await again.Open());
    }

    [Fact]
    public async Task A_file_in_the_way_is_refused()
    {
        await File.WriteAllTextAsync(_path, "in the way");
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await Make().Open());
        Assert.Contains(_path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_program_is_left_alone()
    {
        Directory.CreateDirectory(_path);
        var file = Path.Combine(_path, "troupe.db");
        await using (var other = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            other.Open();
            using var make = other.CreateCommand();
            make.CommandText = "CREATE TABLE theirs (x)";
            make.ExecuteNonQuery();
        }

        var before = await File.ReadAllBytesAsync(file);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await Make().Open());
        Assert.Contains("not made by this program", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(file));
    }

    [Fact]
    public async Task What_is_no_database_is_refused_and_frees_the_directory()
    {
        Directory.CreateDirectory(_path);
        var file = Path.Combine(_path, "troupe.db");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("no database at all\n", 1000)));
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await Make().Open());
        Assert.Contains("damaged", refused.Message, StringComparison.Ordinal);
        File.Delete(file);
        await using var database = Make();
        await database.Open();
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        await using (var database = Make())
        {
            await database.Open();
            await database.Write(connection =>
            {
                connection.Run($"INSERT INTO migrations (number, name, applied_at) VALUES ({Migrations.Latest + 1}, 'of tomorrow', 0)");
                return true;
            });
        }

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await Make().Open());
        Assert.Contains("newer", refused.Message, StringComparison.Ordinal);
    }
}
