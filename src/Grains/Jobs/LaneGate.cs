namespace Troupe.Jobs;

/// <summary>Where a lane's grain and its engine meet: the order, the number in flight, the report. Safe for concurrent use.</summary>
internal sealed class LaneGate(LaneOrder order, LaneReport report)
{
    private readonly Lock _gate = new();
    private LaneOrder _order = order;
    private LaneReport _report = report;
    private int _inFlight;
    private bool _idle;

    /// <summary>The order in force.</summary>
    public LaneOrder Order
    {
        get
        {
            lock (_gate)
            {
                return _order;
            }
        }
    }

    /// <summary>Puts an order into force and gives the report as of this moment: from here on nothing starts that the order does not allow.</summary>
    public LaneReport Take(LaneOrder order)
    {
        lock (_gate)
        {
            _order = order;
            return _report with { Held = _report.Done ? 0 : Math.Max(Slots, _inFlight), Idle = _idle }; // done: what it was given is for the others
        }
    }

    /// <summary>Sets the report; the slots in it are filled in when it is taken.</summary>
    public void Publish(LaneReport report)
    {
        lock (_gate)
        {
            _report = report;
            _idle = report.Idle && _inFlight == 0;
        }
    }

    /// <summary>Takes a slot, if the order leaves one.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_inFlight >= Slots)
            {
                return false;
            }

            _inFlight++;
            _idle = false;
            return true;
        }
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _inFlight--;
        }
    }

    private int Slots => _order.Mode == LaneMode.Run ? _order.Share.Slots : 0;
}
