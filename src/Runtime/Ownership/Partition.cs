namespace Troupe.Runtime;

/// <summary>Grains are divided into partitions by a hash that is the same on every node, in every process and in every version: reminders are
/// stored with it.</summary>
public static class Partition
{
    /// <summary>Number of partitions. Stored with reminders: changing it is a migration.</summary>
    public const int Count = 1024;

    /// <summary>The partition of a grain, from 0 to <see cref="Count"/> - 1.</summary>
    public static int Of(GrainId grain)
    {
        // FNV-1a over UTF-16 units, then a finalizer, because the low bits of FNV alone are weak.
        var hash = Add(Add(14695981039346656037, grain.Type), "/");
        hash = Add(hash, grain.Key);
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        hash ^= hash >> 33;
        return (int)(hash % Count);
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (var unit in text)
        {
            hash = (hash ^ unit) * 1099511628211;
        }

        return hash;
    }
}
