using System.Collections.Concurrent;
using Troupe.Identity;

namespace Troupe.Api.Auth;

/// <summary>Lets keys in without a hop for each request: holds a grant of the key's grain for at most <see cref="Limits.GrantAge"/> and asks again when it is
/// old or its permits are used.</summary>
public sealed class GrantCache(IGrainFactory grains, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, GrantSlot> _slots = new(StringComparer.Ordinal);
    private readonly UnknownKeys _unknown = new(clock);

    /// <summary>Keys remembered now, known and unknown.</summary>
    internal int Held => _slots.Count + _unknown.Count;

    /// <summary>Lets a key in, or refuses it: null when it is not a key, unknown or revoked. Completes without waiting while the grant is fresh.</summary>
    internal ValueTask<Admission> Admit(ReadOnlySpan<char> key)
    {
        if (!ApiKeyText.IsKey(key) || _unknown.Contains(key))
        {
            return new(Admission.Unknown);
        }

        var slot = Slot(ApiKeyText.Name(key));
        return slot.TryAdmit(key, out var admission) ? new(admission) : Wait(slot, key.ToString());
    }

    private GrantSlot Slot(ReadOnlySpan<char> name)
    {
        if (_slots.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var slot))
        {
            return slot;
        }

        if (_slots.Count >= Limits.GrantsHeld)
        {
            Forget();
        }

        var text = name.ToString();
        return _slots.GetOrAdd(text, static (name, cache) => new(cache.grains.GetGrain<IApiKeyGrain>($"{GrainKey.System}/{ApiKeyText.Id(name)}"), cache.clock),
            (grains, clock));
    }

    private async ValueTask<Admission> Wait(GrantSlot slot, string key)
    {
        var admission = await slot.Admit(key);
        if (admission.Grant is null && !slot.Known)
        {
            _unknown.Add(key);
            _slots.TryRemove(ApiKeyText.Name(key).ToString(), out _);
        }

        return admission;
    }

    private void Forget()
    {
        foreach (var (name, slot) in _slots)
        {
            if (!slot.Fresh)
            {
                _slots.TryRemove(name, out _);
            }
        }
    }
}

/// <summary>The door's word on a key.</summary>
/// <param name="Grant">The grant; null when the key is not let in.</param>
/// <param name="Limited">True when the key is good but its rate limit is used up.</param>
internal readonly record struct Admission(HeldGrant? Grant, bool Limited)
{
    public static Admission Unknown => default;
}
