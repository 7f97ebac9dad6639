using System.Globalization;
using System.Net;
using Troupe.Bench.Server;

namespace Troupe.Bench.Baselines;

/// <summary>The baselines, each in a process of its own so that it starts with a fresh heap and can be given another sync.</summary>
internal static class Bare
{
    /// <summary>Rows a second of one big transaction.</summary>
    public static Task<double> Inserts(Session session) => Rate(session, "insert");

    /// <summary>Rows a second of one commit each.</summary>
    public static Task<double> Commits(Session session, SlowSync? sync = null) => Rate(session, "commit", sync);

    /// <summary>Starts the bare endpoint.</summary>
    public static async Task<(ChildProcess Process, IPEndPoint Address)> Endpoint()
    {
        var process = ChildProcess.Start("Bench.dll", ["bare", "endpoint"]);
        return (process, IPEndPoint.Parse(new Uri(await process.FirstLine()).Authority));
    }

    /// <summary>Starts the bare endpoint that makes contacts.</summary>
    public static async Task<(ChildProcess Process, IPEndPoint Address)> Creations(Session session)
    {
        var process = ChildProcess.Start("Bench.dll", ["bare", "creations", Path.Combine(session.Fresh("bare"), "bare.db")]);
        return (process, IPEndPoint.Parse(new Uri(await process.FirstLine()).Authority));
    }

    private static async Task<double> Rate(Session session, string loop, SlowSync? sync = null)
    {
        var directory = session.Fresh("bare");
        var file = Path.Combine(directory, "bare.db");
        var seconds = session.Round.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        using var process = ChildProcess.Start("Bench.dll", ["bare", loop, file, "--seconds", seconds], sync?.Environment);
        var rate = double.Parse(await process.Result(), CultureInfo.InvariantCulture);
        Directory.Delete(directory, recursive: true);
        return rate;
    }
}
