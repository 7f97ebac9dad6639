using System.ComponentModel;
using System.Diagnostics;

namespace Troupe.Bench.Server;

/// <summary>Makes every fsync and fdatasync of a process take longer, as on a machine whose disk has no cache of its own: a few lines of C, compiled
/// on the spot and loaded in front of the C library. The real sync still happens.</summary>
internal sealed class SlowSync
{
    private SlowSync(string library, TimeSpan delay) => Environment = new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = library,
        ["SLOW_SYNC_MICROSECONDS"] = $"{(long)delay.TotalMicroseconds}",
    };

    /// <summary>What to start the process with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Compiles it; null, with a word, when there is no C compiler.</summary>
    public static async Task<SlowSync?> Make(string directory, TimeSpan delay)
    {
        var library = Path.Combine(directory, "slow_sync.so");
        try
        {
            using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-O2", "-o", library, Path.Combine(AppContext.BaseDirectory, "slow_sync.c"), "-ldl"]);
            await compiler.WaitForExitAsync();
            if (compiler.ExitCode == 0)
                return new(library, delay);
        }
        catch (Win32Exception)
        {
            // no such program: said below
        }

        Console.WriteLine("  skipped: the slower sync needs a C compiler (cc) on a Unix machine");
        return null;
    }
}
