namespace Troupe.Silo.Storage.Sqlite;

/// <summary>A copy of the database of a data directory, as of one moment, while a server goes on writing to it or not.</summary>
public static class Backup
{
    /// <summary>Copies the database into a new file, checks the copy, and only then gives it its name. Returns its size in bytes. Throws
    /// <see cref="StoreException"/> when there is no database, when the file is there already, or when the copy fails; nothing is left of it then.</summary>
    /// <param name="data">The data directory; need not be free.</param>
    /// <param name="file">Full path of the copy; readable by its owner only.</param>
    public static long Take(string data, string file)
    {
        var source = Path.Combine(Path.GetFullPath(data), "troupe.db");
        Require(File.Exists(source), $"There is no database in {Path.GetFullPath(data)}.");
        Require(!File.Exists(file), $"{file} is there already; a backup replaces nothing.");
        Require(Directory.Exists(Path.GetDirectoryName(file)), $"The backup could not be written: there is no directory {Path.GetDirectoryName(file)}.");
        var unfinished = file + ".part";
        try
        {
            Make(unfinished);
            Copy(source, unfinished);
            Check(unfinished);
            using (var written = new FileStream(unfinished, FileMode.Open, FileAccess.ReadWrite))
            {
                written.Flush(flushToDisk: true);
            }

            File.Move(unfinished, file, overwrite: false);
            return new FileInfo(file).Length;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The backup could not be written: {fault.Message}", fault);
        }
        catch (Exception fault)
        {
            throw Faults.Wrap(fault);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>An empty file, which the copy may fill: the copy itself would be readable by everybody.</summary>
    private static void Make(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(file, options).Dispose();
    }

    private static void Copy(string source, string target)
    {
        using var connection = Connection.Open(source, writes: false);
        Migrations.Recognise(connection);
        connection.Execute("PRAGMA busy_timeout = 5000");
        using var copy = connection.Use("VACUUM INTO ?"); // one read transaction: writers go on, their log grows meanwhile
        copy.With(target).Run();
    }

    private static void Check(string file)
    {
        using var connection = Connection.Open(file, writes: false);
        using var check = connection.Use("PRAGMA quick_check(1)");
        Require(check.Step() && check.Text(0) == "ok", "The copy is damaged, and so, most likely, is the database; nothing was kept.");
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new StoreException(problem);
        }
    }
}
