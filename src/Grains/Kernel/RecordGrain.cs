namespace Troupe.Kernel;

/// <summary>The shell that keeps one record: load, decide purely, commit once, answer.</summary>
public abstract class RecordGrain<T>(IStore store, TimeProvider clock) : Grain where T : class, IRecord<T>
{
    private bool _loaded;
    private bool _deleted;
    private Task? _loading;

    /// <summary>The store.</summary>
    protected IStore Store { get; } = store;

    /// <summary>The clock every decision uses.</summary>
    protected TimeProvider Clock { get; } = clock;

    /// <summary>Workspace and id of the record.</summary>
    protected GrainKey Key => GrainKey.Parse(this.GetPrimaryKeyString());

    /// <summary>The record; null before it is created and after it is deleted.</summary>
    protected Stored<T>? State { get; private set; }

    /// <summary>The refusal for a record that is not there.</summary>
    protected static Failure Absent => Failure.Missing(T.Kind.Name.Replace('_', ' '));

    /// <summary>Loads the record.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Reload(cancellationToken);

    /// <summary>Makes the record. Refused as a conflict when it exists or did exist.</summary>
    /// <param name="decide">The pure decision.</param>
    /// <param name="by">On whose behalf.</param>
    /// <param name="with">Adds rows, entries or answers to the same commit.</param>
    protected async Task<Outcome<Stored<T>>> Found(Func<Outcome<T>> decide, Caller by, Func<Stored<T>, Change, Change>? with = null)
    {
        await EnsureLoaded();
        if (State is not null || _deleted)
        {
            return Failure.Conflict("resource_exists", $"This {T.Kind.Name.Replace('_', ' ')} exists already.");
        }

        var decided = decide();
        return decided.Ok ? await Commit(decided.Value, "created", by, with) : decided.Failure;
    }

    /// <summary>Changes the record: decides on the present one, commits once, answers. A decision that returns the very same instance is a
    /// no-op and is answered without a commit. When the record moved under the decision it is loaded and decided once more.</summary>
    /// <param name="decide">The pure decision; may run twice.</param>
    /// <param name="verb">Past-tense verb of the event, e.g. <c>published</c>.</param>
    /// <param name="by">On whose behalf.</param>
    /// <param name="with">Adds rows, entries or answers to the same commit; may run twice.</param>
    protected async Task<Outcome<Stored<T>>> Apply(Func<T, Outcome<T>> decide, string verb, Caller by, Func<Stored<T>, Change, Change>? with = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            await EnsureLoaded();
            if (State is null)
            {
                return Absent;
            }

            var decided = decide(State.Value);
            if (!decided.Ok)
            {
                return decided.Failure;
            }

            if (ReferenceEquals(decided.Value, State.Value) && with is null)
            {
                return State;
            }

            var outcome = await Commit(decided.Value, verb, by, with);
            if (outcome.Failure?.Kind != Refusal.Stale || attempt == 2)
            {
                return outcome;
            }
        }
    }

    /// <summary>Deletes the record softly: it is gone from lists and answers as unknown. Deleting twice answers as unknown.</summary>
    protected async Task<Outcome<Stored<T>>> Erase(Caller by, Func<Stored<T>, Change, Change>? with = null)
    {
        await EnsureLoaded();
        return State is null ? Absent : await Commit(State.Value, "deleted", by, with, deleted: true);
    }

    /// <summary>Loads the record anew, e.g. after a commit whose fate is unknown.</summary>
    protected async Task Reload(CancellationToken cancel = default)
    {
        var (workspace, id) = (Key.Workspace, Key.Id);
        var row = await Store.Load(T.Kind, workspace, id, cancel);
        _deleted = row is { Deleted: true };
        State = row is null or { Deleted: true } ? null : row.Read<T>();
        _loaded = true;
    }

    /// <summary>The events of a change; by default one, <c>kind.verb</c>, with the record as data.
    /// A change that is no news (progress moving on) has none, and then no audit entry either.</summary>
    protected virtual IReadOnlyList<Event> Events(Stored<T> next, string verb, ReadOnlyMemory<byte> body) =>
        [new(Id.New("ev", next.UpdatedAt), $"{T.Kind.Name}.{verb}", next.Id, next.UpdatedAt, body)];

    /// <summary>Makes sure that <see cref="State"/> is what the store has. It nearly always is; after a commit whose fate is unknown it is loaded anew, once
    /// for all who wait.</summary>
    protected Task EnsureLoaded() => _loaded ? Task.CompletedTask : _loading is { IsCompleted: false } ? _loading : _loading = Reload();

    private async Task<Outcome<Stored<T>>> Commit(T value, string verb, Caller by, Func<Stored<T>, Change, Change>? with, bool deleted = false)
    {
        var key = Key;
        var now = Time.Milliseconds(Clock.GetUtcNow());
        var next = new Stored<T>(key.Id, (State?.Version ?? 0) + 1, State?.CreatedAt ?? now, now, value);
        var body = Json.Write(value);
        var events = Events(next, verb, body);
        var change = new Change(key.Workspace)
        {
            Records = [Write(next, body, deleted)],
            Events = events,
            Audit = events.Count == 0 ? null : new(Id.New("aud", now), by.Actor, $"{T.Kind.Name}.{verb}", key.Id, by.RequestId, now),
        };

        var committed = await Put(with is null ? change : with(next, change));
        switch (committed.Status)
        {
            case CommitStatus.Stored:
                (State, _deleted, _loaded) = (deleted ? null : next, deleted, true);
                return next;
            case CommitStatus.Taken:
                return Failure.Conflict($"{committed.Facet}_taken", $"Another {T.Kind.Name.Replace('_', ' ')} has this {committed.Facet} already.");
            default:
                _loaded = false;
                return Failure.Stale(T.Kind.Name.Replace('_', ' '));
        }
    }

    private async Task<Committed> Put(Change change)
    {
        try
        {
            return await Store.Commit(change);
        }
        catch
        {
            _loaded = false; // nobody knows whether it is stored
            throw;
        }
    }

    private static RecordWrite Write(Stored<T> next, ReadOnlyMemory<byte> body, bool deleted)
    {
        var (facets, search) = KindSchema.Read(next.Value);
        return new(T.Kind, next.Id, next.Version - 1, body, facets, search, next.UpdatedAt, deleted);
    }
}
