namespace Troupe.Runtime;

/// <summary>Another node as this one sees it: the connection to it, or when the next may be tried.</summary>
internal sealed class Peer(Mesh mesh, NodeName node)
{
    private readonly Lock _gate = new();
    private CallLink? _link;
    private int _failures;
    private long _failedAt;

    /// <summary>True when it holds nothing worth keeping.</summary>
    internal bool IsForgotten
    {
        get
        {
            lock (_gate)
            {
                return _link is null && (_failures == 0 || mesh.Clock.GetElapsedTime(_failedAt) > mesh.Options.BackOffMax * 2);
            }
        }
    }

    /// <summary>The connection, made if need be. Throws <see cref="CallRefusedException"/> so soon after a failure that the next try has to wait.</summary>
    internal CallLink Link()
    {
        lock (_gate)
        {
            if (_link is { IsUsable: true } usable)
            {
                return usable;
            }

            if (_failures > 0 && mesh.Clock.GetElapsedTime(_failedAt) < BackOff)
            {
                throw new CallRefusedException($"{node} was not called: it could not be reached a moment ago.");
            }

            return _link = mesh.Connect(node, Ended);
        }
    }

    private TimeSpan BackOff
    {
        get
        {
            var wait = mesh.Options.BackOff * Math.Pow(2, Math.Min(_failures - 1, 10));
            return wait < mesh.Options.BackOffMax ? wait : mesh.Options.BackOffMax;
        }
    }

    private void Ended(CallLink link, UnreachableReason? reason)
    {
        lock (_gate)
        {
            if (_link == link)
            {
                _link = null;
            }

            _failures = link.WasOpen ? 1 : _failures + 1;
            _failedAt = mesh.Clock.GetTimestamp();
        }

        mesh.Ended(link, node, reason);
    }
}
