using System.Text.Json;
using Troupe.Runtime;

namespace Troupe.Silo.Cluster;

/// <summary>What lives on a node.</summary>
/// <param name="Activations">Grains in memory, by grain class.</param>
/// <param name="QueueDepths">Calls waiting or running, by grain class.</param>
public sealed record Figures(IReadOnlyDictionary<string, long> Activations, IReadOnlyDictionary<string, long> QueueDepths)
{
    /// <summary>Of a node that has told nothing.</summary>
    public static Figures None { get; } = new(new Dictionary<string, long>(), new Dictionary<string, long>());
}

/// <summary>What this node tells the others of itself with each renewal of its lease. Counting a million grains takes its time, and a renewal may not wait:
/// what is told is what the last count found, and each telling begins the next.</summary>
internal sealed class NodeFigures(GrainNode grains)
{
    private string _told = "{}";
    private int _counting;

    /// <summary>The figures as they are.</summary>
    public Figures Now() => new(grains.ActivationCounts(), grains.HeldCounts());

    /// <summary>The figures of a moment ago, as JSON. Does not wait.</summary>
    public string Tell()
    {
        if (Interlocked.Exchange(ref _counting, 1) == 0)
        {
            _ = Task.Run(Count);
        }

        return Volatile.Read(ref _told);
    }

    /// <summary>Reads what a node told; a text of another version that can't be read tells nothing.</summary>
    public static Figures Read(string told)
    {
        try
        {
            return JsonSerializer.Deserialize<Figures>(told, Json.Options) is { Activations: not null, QueueDepths: not null } read ? read : Figures.None;
        }
        catch (JsonException)
        {
            return Figures.None;
        }
    }

    private void Count()
    {
        try
        {
            Volatile.Write(ref _told, JsonSerializer.Serialize(Now(), Json.Options));
        }
        finally
        {
            Volatile.Write(ref _counting, 0);
        }
    }
}
