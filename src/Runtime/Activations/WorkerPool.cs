namespace Troupe.Runtime;

/// <summary>The activations of one stateless worker. Each call goes to an idle one, or to a new one while there may be more, or to the least busy.</summary>
internal sealed class WorkerPool(GrainType type, string key)
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];
    private bool _gone;

    internal IReadOnlyList<Activation> Workers
    {
        get
        {
            lock (_gate)
            {
                return [.. _workers];
            }
        }
    }

    internal Delivery Deliver(Call call)
    {
        while (Choose() is { } worker)
        {
            var delivery = worker.Deliver(call);
            if (delivery != Delivery.Gone)
            {
                return delivery;
            }
        }

        return Delivery.Gone;
    }

    internal void Remove(Activation worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
            if (_workers.Count == 0 && !_gone)
            {
                _gone = true;
                type.Left(key, this);
            }
        }
    }

    private Activation? Choose()
    {
        lock (_gate)
        {
            if (_gone)
            {
                return null;
            }

            var best = _workers.Count == 0 ? null : _workers.MinBy(worker => worker.IsGone ? int.MaxValue : worker.Held);
            if (best is null or { IsGone: true } || (best.Held > 0 && _workers.Count < type.MaxWorkers))
            {
                best = new(type, key, this);
                _workers.Add(best);
                type.Entered();
            }

            return best;
        }
    }
}
