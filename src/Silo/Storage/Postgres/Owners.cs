using System.Collections.Concurrent;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>An owner of entries.</summary>
internal readonly record struct OwnerKey(string Log, string Workspace, string Owner);

/// <summary>Owners that are known to have a number: they are made once and never go, so most entries need no statement for it.</summary>
internal sealed class Owners
{
    /// <summary>Owners remembered; beyond this many all are forgotten together.</summary>
    private const int Most = 100_000;

    private readonly ConcurrentDictionary<OwnerKey, bool> _known = new();

    public bool Knows(OwnerKey owner) => _known.ContainsKey(owner);

    /// <summary>Remembers owners whose transaction is on disk.</summary>
    public void Know(IReadOnlyCollection<OwnerKey> owners)
    {
        if (_known.Count + owners.Count > Most)
        {
            _known.Clear();
        }

        foreach (var owner in owners)
        {
            _known.TryAdd(owner, true);
        }
    }
}
