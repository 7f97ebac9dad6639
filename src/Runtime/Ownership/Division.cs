namespace Troupe.Runtime;

/// <summary>Divides the partitions over the nodes. Every node computes it from the table by itself and comes to the same result.</summary>
internal static class Division
{
    /// <summary>Who should own each partition; null only when no node takes any. Shares differ by one at most. What has an owner that takes part
    /// stays there unless that owner has more than its share: then, and for partitions without one, the nodes' scores decide.</summary>
    /// <param name="owners">The present owners, null where there is none or it is gone.</param>
    /// <param name="nodes">Names of the nodes that take partitions.</param>
    internal static string?[] Of(IReadOnlyList<string?> owners, IReadOnlyCollection<string> nodes)
    {
        var result = new string?[owners.Count];
        if (nodes.Count == 0)
        {
            return result;
        }

        var held = nodes.ToDictionary(node => node, _ => new List<int>());
        for (var partition = 0; partition < owners.Count; partition++)
        {
            if (owners[partition] is { } owner && held.TryGetValue(owner, out var partitions))
            {
                partitions.Add(partition);
            }
        }

        // Those that have most get the shares that are larger by one, so that nothing moves for the sake of a remainder.
        var ranked = held.OrderByDescending(node => node.Value.Count).ThenBy(node => node.Key, StringComparer.Ordinal).ToList();
        var (share, rest) = Math.DivRem(owners.Count, nodes.Count);
        var room = new List<(string Node, ulong Hash, int Left)>();
        foreach (var (i, (node, partitions)) in ranked.Index())
        {
            var hash = Hash(node);
            var mine = share + (i < rest ? 1 : 0);
            partitions.OrderByDescending(partition => Score(hash, partition)).Take(mine).ToList().ForEach(partition => result[partition] = node);
            room.Add((node, hash, mine - Math.Min(mine, partitions.Count)));
        }

        Fill(result, room);
        return result;
    }

    private static void Fill(string?[] result, List<(string Node, ulong Hash, int Left)> room)
    {
        for (var partition = 0; partition < result.Length; partition++)
        {
            if (result[partition] is null)
            {
                var at = Enumerable.Range(0, room.Count).Where(i => room[i].Left > 0).MaxBy(i => Score(room[i].Hash, partition));
                result[partition] = room[at].Node;
                room[at] = room[at] with { Left = room[at].Left - 1 };
            }
        }
    }

    private static ulong Hash(string node) => node.Aggregate(14695981039346656037, (hash, unit) => (hash ^ unit) * 1099511628211);

    private static ulong Score(ulong node, int partition)
    {
        var score = node ^ ((ulong)partition * 0x9e3779b97f4a7c15);
        score = (score ^ (score >> 30)) * 0xbf58476d1ce4e5b9;
        score = (score ^ (score >> 27)) * 0x94d049bb133111eb;
        return score ^ (score >> 31);
    }
}
