using System.Diagnostics;

namespace Troupe.Silo.Storage;

/// <summary>A data directory held by this process alone. The lock is the operating system's, so a killed process frees it by dying.</summary>
public sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The directory's full path.</summary>
    public string Path { get; }

    /// <summary>Takes the directory, making it with mode 0700 when it is not there. Throws <see cref="StoreException"/> naming the directory and the holder
    /// when it is taken.</summary>
    public static DataDirectory Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Make(path);
            var held = new FileStream(System.IO.Path.Combine(path, "troupe.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            File.WriteAllText(Holder(path), $"{Environment.ProcessId}\n");
            return new(path, held);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StoreException($"The data directory {path} can't be written by this user: {denied.Message}", denied);
        }
        catch (IOException taken) when (ReadHolder(path) is { } pid)
        {
            throw new StoreException($"The data directory {path} is in use by process {pid}. Stop that process, or choose another directory.", taken);
        }
        catch (IOException failed)
        {
            throw new StoreException($"The data directory {path} can't be used: {failed.Message}", failed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(Holder(Path));
        _lock.Dispose();
    }

    /// <summary>Makes the directory, for its owner only, when it is not there.</summary>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // The holder's number stands in a file of its own: a locked file can't be read by those who are kept out.
    private static string Holder(string path) => System.IO.Path.Combine(path, "troupe.pid");

    private static int? ReadHolder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Holder(path)), out var pid) && IsAlive(pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
