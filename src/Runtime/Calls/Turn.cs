namespace Troupe.Runtime;

/// <summary>A piece of work an activation does without being interrupted: the start of a call, or what follows an await.</summary>
internal abstract class Turn
{
    /// <summary>The next in the queue this one stands in.</summary>
    internal Turn? Next;

    /// <summary>Does it. Runs on the activation, outside its lock.</summary>
    internal abstract void Run(Activation activation);
}

/// <summary>What follows an await.</summary>
internal sealed class Continuation(SendOrPostCallback callback, object? state) : Turn
{
    internal override void Run(Activation activation) => callback(state);
}

/// <summary>A queue that costs nothing when empty: the turns themselves are its links. Guarded by the activation's lock.</summary>
internal struct TurnQueue
{
    private Turn? _first;
    private Turn? _last;

    internal readonly bool IsEmpty => _first is null;

    internal void Add(Turn turn)
    {
        turn.Next = null;
        if (_last is null)
        {
            _first = turn;
        }
        else
        {
            _last.Next = turn;
        }

        _last = turn;
    }

    internal Turn? Take()
    {
        var turn = _first;
        if (turn is not null)
        {
            _first = turn.Next;
            turn.Next = null;
            if (_first is null)
            {
                _last = null;
            }
        }

        return turn;
    }

    /// <summary>Takes out the turns that match, in order, and leaves the others in order.</summary>
    internal TurnQueue Extract(Func<Turn, bool> match)
    {
        TurnQueue taken = default, kept = default;
        while (Take() is { } turn)
        {
            if (match(turn))
            {
                taken.Add(turn);
            }
            else
            {
                kept.Add(turn);
            }
        }

        this = kept;
        return taken;
    }
}
