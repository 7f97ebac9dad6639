namespace Troupe.Tests;

/// <summary>A wrong wall clock for one process, by the library libfaketime; its monotonic clock stays right, as with a real machine whose time was set
/// wrong.</summary>
public static class FakeTime
{
    private static readonly string? s_library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
            .FirstOrDefault()
        : null;

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Missing => s_library is null ? "libfaketime is not installed" : null;

    /// <summary>Shifts the clock of a process from its next start on; null sets it right again.</summary>
    public static void Shift(ServerProcess process, string? by)
    {
        if (by is null)
        {
            process.Environment.Remove("LD_PRELOAD");
            return;
        }

        process.Environment["LD_PRELOAD"] = s_library!;
        process.Environment["FAKETIME"] = by;
        process.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    }
}

/// <summary>A test that needs <see cref="FakeTime"/>; skipped, and said so, where it is missing.</summary>
public sealed class FakeTimeFactAttribute : FactAttribute
{
    public FakeTimeFactAttribute() => Skip = FakeTime.Missing;
}
