namespace Troupe.Jobs;

/// <summary>Which positions of a lane have their outcome: every one below <see cref="Next"/>, and some ahead of it, because records end in any order.
/// Only <see cref="Next"/> is stored; what is ahead of it is read back from the outcomes themselves, so the two cannot disagree.</summary>
public sealed class Window(long next)
{
    private readonly HashSet<long> _ahead = [];

    /// <summary>The lowest position without an outcome.</summary>
    public long Next { get; private set; } = next;

    /// <summary>Positions above <see cref="Next"/> that have an outcome.</summary>
    public int Ahead => _ahead.Count;

    /// <summary>Whether a position has its outcome.</summary>
    public bool Contains(long position) => position < Next || _ahead.Contains(position);

    /// <summary>A position got its outcome.</summary>
    public void Mark(long position)
    {
        if (position != Next)
        {
            _ahead.Add(position);
            return;
        }

        Next++;
        while (_ahead.Count > 0 && _ahead.Remove(Next))
        {
            Next++;
        }
    }

    /// <summary>Gives up everything that has no outcome yet, up to an end; answers how many positions that were.</summary>
    public long Skip(long end)
    {
        var skipped = end - Next - _ahead.Count;
        (Next, _) = (end, 0);
        _ahead.Clear();
        return skipped;
    }
}
