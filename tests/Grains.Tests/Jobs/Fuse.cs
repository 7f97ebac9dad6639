namespace Troupe.Tests.Jobs;

/// <summary>What stands between a node and the store. Once blown, the node can neither write nor go on reading its own: to the store it is dead.</summary>
internal sealed class Fuse(TempStore store) : IStore, IReminderTable
{
    private volatile bool _blown;
    private int _left = int.MaxValue;
    private bool _afterStoring;

    /// <summary>Commits that were stored.</summary>
    public int Commits { get; private set; }

    public bool IsBlown => _blown;

    public void Blow() => _blown = true;

    /// <summary>Blows with a commit to come: before it is stored, or after it is stored and before anybody hears of it.</summary>
    public void BlowAt(int commits, bool afterStoring) => (_left, _afterStoring) = (commits, afterStoring);

    public async ValueTask<Committed> Commit(Change change, CancellationToken cancel = default)
    {
        var last = Interlocked.Decrement(ref _left) == 0;
        _blown |= last && !_afterStoring;
        Check();
        var committed = await store.Store.Commit(change, cancel);
        _blown |= last;
        Check();
        Commits++;
        return committed;
    }

    public ValueTask<StoredRecord?> Load(Kind kind, string workspace, string id, CancellationToken cancel = default) =>
        Live(() => store.Store.Load(kind, workspace, id, cancel));

    public ValueTask<IReadOnlyList<Answer>> Answers(string workspace, string scope, IReadOnlyList<string> keys, CancellationToken cancel = default) =>
        Live(() => store.Store.Answers(workspace, scope, keys, cancel));

    public ValueTask<ReminderEntry> Upsert(ReminderEntry entry, CancellationToken cancel = default) => Live(() => store.Reminders.Upsert(entry, cancel));

    public ValueTask<ReminderEntry?> Find(GrainId grain, string name, CancellationToken cancel = default) =>
        Live(() => store.Reminders.Find(grain, name, cancel));

    public ValueTask<IReadOnlyList<ReminderEntry>> All(GrainId grain, CancellationToken cancel = default) => Live(() => store.Reminders.All(grain, cancel));

    public ValueTask<bool> Remove(GrainId grain, string name, CancellationToken cancel = default) => Live(() => store.Reminders.Remove(grain, name, cancel));

    public ValueTask<IReadOnlyList<ReminderEntry>> Due(IReadOnlyList<int> partitions, DateTimeOffset before, int limit, CancellationToken cancel = default) =>
        Live(() => store.Reminders.Due(partitions, before, limit, cancel));

    public ValueTask Advance(IReadOnlyList<ReminderEntry> handled, CancellationToken cancel = default)
    {
        Check();
        return store.Reminders.Advance(handled, cancel);
    }

    private ValueTask<T> Live<T>(Func<ValueTask<T>> call)
    {
        Check();
        return call();
    }

    private void Check()
    {
        if (_blown)
        {
            throw new StoreException("This node is dead.");
        }
    }
}
