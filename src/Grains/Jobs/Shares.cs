namespace Troupe.Jobs;

/// <summary>A part of a spinner's concurrency and rate.</summary>
/// <param name="Slots">Records that may be in flight.</param>
/// <param name="RatePerSlot">Starts a second that come with each slot; null for no limit. So the rate is divided as the slots are.</param>
public readonly record struct Share(int Slots, double? RatePerSlot)
{
    /// <summary>Starts a second of the whole share; null for no limit.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double? Rate => RatePerSlot * Slots;
}

/// <summary>Divides a number of slots over members so that what all hold together never exceeds it. A member whose part shrinks is told so, and only what it
/// reports to have let go is given to another. Members are served by age; those that were served before come first.</summary>
/// <param name="newcomers">Most members served at a time; more are served only when they had been before.</param>
public sealed class Shares(int newcomers = int.MaxValue)
{
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private long _order;

    /// <summary>Adds a member that may hold anything up to <paramref name="held"/>, e.g. one whose last report was lost with its keeper.</summary>
    /// <param name="id">The member.</param>
    /// <param name="held">What it may hold.</param>
    /// <param name="served">Whether it was served before.</param>
    /// <param name="alone">Whether it is served only as the eldest of all members.</param>
    /// <param name="now">Now.</param>
    public void Add(string id, int held, bool served, bool alone, DateTimeOffset now)
    {
        if (!_members.ContainsKey(id))
        {
            _members[id] = new() { Order = ++_order, Held = held, Served = served, Alone = alone, Seen = now };
        }
    }

    /// <summary>Forgets a member, which holds nothing any more.</summary>
    public void Remove(string id) => _members.Remove(id);

    /// <summary>What was held by members that did not report since a time counts as free: they are dead, or will report first.</summary>
    public void Expire(DateTimeOffset before)
    {
        foreach (var member in _members.Values.Where(m => m.Seen < before))
        {
            member.Held = 0;
        }
    }

    /// <summary>A member reports what it holds and how much it could use.</summary>
    public void Report(string id, int held, int wanted, DateTimeOffset now)
    {
        Add(id, held, served: false, alone: false, now);
        var member = _members[id];
        (member.Held, member.Wanted, member.Seen) = (held, wanted, now);
    }

    /// <summary>The part of a member that has reported, from now on. A part below what it holds is an order to shrink, a part above is given.</summary>
    public int Grant(string id, int total)
    {
        var member = _members[id];
        var part = Parts(total).GetValueOrDefault(id);
        if (part > member.Held)
        {
            part = member.Held + Math.Clamp(total - _members.Values.Sum(m => m.Held), 0, part - member.Held);
            member.Held = part;
        }

        member.Served |= part > 0;
        return part;
    }

    /// <summary>Members that could be given something right now.</summary>
    public IReadOnlyList<string> Hungry(int total)
    {
        var free = total - _members.Values.Sum(m => m.Held);
        return free <= 0 ? [] : [.. Parts(total).Where(p => p.Value > _members[p.Key].Held).Select(p => p.Key)];
    }

    /// <summary>The fair division: as even as the wants allow (max-min), the eldest first when it does not come out even.</summary>
    private Dictionary<string, int> Parts(int total)
    {
        var eldest = _members.Count == 0 ? 0 : _members.Values.Min(m => m.Order);
        var asking = _members.Where(m => m.Value.Wanted > 0 && (m.Value.Served || !m.Value.Alone || m.Value.Order == eldest)).ToList();
        var served = asking.Count(m => m.Value.Served);
        var chosen = asking.OrderByDescending(m => m.Value.Served).ThenBy(m => m.Value.Order).Take(Math.Min(total, Math.Max(newcomers, served)));

        var parts = new Dictionary<string, int>(StringComparer.Ordinal);
        var order = chosen.OrderBy(m => m.Value.Wanted).ThenBy(m => m.Value.Order).ToList();
        for (var (i, left) = (0, total); i < order.Count; i++)
        {
            var even = (left + order.Count - i - 1) / (order.Count - i);
            var part = Math.Min(order[i].Value.Wanted, even);
            parts[order[i].Key] = part;
            left -= part;
        }

        return parts;
    }

    private sealed class Member
    {
        public long Order { get; init; }

        public bool Served { get; set; }

        public bool Alone { get; init; }

        public int Held { get; set; }

        public int Wanted { get; set; }

        public DateTimeOffset Seen { get; set; }
    }
}
