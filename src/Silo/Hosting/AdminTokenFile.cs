using System.Security.Cryptography;
using Troupe.Silo.Options;
using Troupe.Silo.Storage;

namespace Troupe.Silo.Hosting;

/// <summary>The admin token's place when nobody gave one: <c>&lt;data&gt;/admin.token</c>, readable by its owner only.</summary>
public static class AdminTokenFile
{
    private const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Where it is.</summary>
    public static string Path(Settings settings) => System.IO.Path.GetFullPath(System.IO.Path.Combine(settings.Data, "admin.token"));

    /// <summary>The token of these settings; null when none was given and the file is not there.</summary>
    public static string? Find(Settings settings)
    {
        if (settings.AdminToken is { } given)
        {
            return given;
        }

        var path = Path(settings);
        return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } kept ? kept : null;
    }

    /// <summary>The token of these settings, made now if there is none, with its directory. On SQLite the caller holds that directory.</summary>
    public static string FindOrMake(Settings settings)
    {
        if (Find(settings) is { } token)
        {
            return token;
        }

        token = RandomNumberGenerator.GetString(Letters, 48);
        var path = Path(settings);
        DataDirectory.Make(settings.Data);
        File.Delete(path); // an empty leftover would keep its mode
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.WriteLine(token);
        return token;
    }
}
