using System.Collections.Concurrent;

namespace Troupe.Api.Auth;

/// <summary>Keys that were looked for and not found, so that a wrong configuration or an attacker asks the store once, not at every request. Bounded.</summary>
internal sealed class UnknownKeys(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, long> _since = new(StringComparer.Ordinal);

    public int Count => _since.Count;

    public bool Contains(ReadOnlySpan<char> key) =>
        !_since.IsEmpty && _since.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var since)
            && clock.GetElapsedTime(since) < Limits.UnknownKeyAge;

    public void Add(string key)
    {
        if (_since.Count >= Limits.UnknownKeysHeld)
        {
            _since.Clear(); // rare, and only costs looking again
        }

        _since[key] = clock.GetTimestamp();
    }
}
