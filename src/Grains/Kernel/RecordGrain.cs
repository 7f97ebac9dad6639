namespace Troupe.Kernel;

/// <summary>The shell that keeps one record: load, decide purely, commit once, answer.</summary>
public abstract class RecordGrain<T>(IStore store, TimeProvider clock) : Grain where T : class, IRecord<T>
{
    private bool _asked; // whether the store was ever asked about this record
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
    protected static Failure Absent => Failure.Missing(T.Kind.Noun);

    /// <summary>Loads the record.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Reload(cancellationToken);

    /// <summary>Makes the record. Refused as a conflict when it exists or did exist. A grain that was never asked anything does not load first: the commit
    /// itself tells whether the record is new.</summary>
    /// <param name="decide">The pure decision.</param>
    /// <param name="by">On whose behalf.</param>
    /// <param name="with">Adds rows, entries or answers to the same commit.</param>
    protected async Task<Outcome<Stored<T>>> Found(Func<Outcome<T>> decide, Caller by, Func<Stored<T>, Change, Change>? with = null)
    {
        if (_asked)
        {
            await EnsureLoaded();
        }

        if (State is not null || _deleted)
        {
            return await Once.Settle<Stored<T>>(Store, by, Exists);
        }

        var decided = decide();
        var outcome = decided.Ok ? await Commit(decided.Value, "created", by, with) : decided.Failure;
        return await Once.Settle(Store, by, outcome.Failure?.Kind == Refusal.Stale ? Exists : outcome);
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
            var outcome = State is null ? Absent : await Decide(decide(State.Value), verb, by, with);
            if (outcome.Failure?.Kind != Refusal.Stale || attempt == 2)
            {
                return await Once.Settle(Store, by, outcome);
            }
        }
    }

    /// <summary>Deletes the record softly: it is gone from lists and answers as unknown. Deleting twice answers as unknown.</summary>
    protected async Task<Outcome<Stored<T>>> Erase(Caller by, Func<Stored<T>, Change, Change>? with = null)
    {
        await EnsureLoaded();
        return await Once.Settle(Store, by, State is null ? Absent : await Commit(State.Value, Deleted, by, with));
    }

    /// <summary>Loads the record anew, e.g. after a commit whose fate is unknown.</summary>
    protected async Task Reload(CancellationToken cancel = default)
    {
        _asked = true;
        var (workspace, id) = (Key.Workspace, Key.Id);
        var row = await Store.Load(T.Kind, workspace, id, cancel);
        _deleted = row is { Deleted: true };
        State = row is null or { Deleted: true } ? null : row.Read<T>();
        _loaded = true;
    }

    /// <summary>The events of a change; by default one, <c>kind.verb</c>, with the record as data and what it was as previous.
    /// A change that is no news (progress moving on) has none, and then no audit entry either.</summary>
    protected virtual IReadOnlyList<Event> Events(Stored<T> next, string verb, ReadOnlyMemory<byte> body) =>
        [new(Id.New("ev", next.UpdatedAt), $"{T.Kind.Name}.{verb}", next.Id, next.UpdatedAt, body) { Previous = Changes.Told(State, Told) }];

    /// <summary>The record as events and audit entries tell of it: without its secrets.</summary>
    protected virtual T Told(T value) => value;

    /// <summary>The refusal of a value that another record holds.</summary>
    protected virtual Failure Taken(string facet) => Failure.Conflict($"{facet}_taken", $"Another {T.Kind.Noun} has this {facet} already.");

    /// <summary>Makes sure that <see cref="State"/> is what the store has. It nearly always is; after a commit whose fate is unknown it is loaded anew, once
    /// for all who wait.</summary>
    protected Task EnsureLoaded() => _loaded ? Task.CompletedTask : _loading is { IsCompleted: false } ? _loading : _loading = Reload();

    private const string Deleted = "deleted";

    private static Failure Exists => Failure.Conflict("resource_exists", $"This {T.Kind.Noun} exists already.");

    private async Task<Outcome<Stored<T>>> Decide(Outcome<T> decided, string verb, Caller by, Func<Stored<T>, Change, Change>? with)
    {
        if (!decided.Ok || !ReferenceEquals(decided.Value, State!.Value) || with is not null)
        {
            return decided.Ok ? await Commit(decided.Value, verb, by, with) : decided.Failure;
        }

        if (by.Key is null)
        {
            return State;
        }

        var kept = await Put(new(Key.Workspace) { Answers = Once.Keep(by, State, Clock.GetUtcNow()) });
        return kept.Status == CommitStatus.Stored ? State : Taken(kept.Facet!);
    }

    private async Task<Outcome<Stored<T>>> Commit(T value, string verb, Caller by, Func<Stored<T>, Change, Change>? with)
    {
        var (key, deleted) = (Key, verb == Deleted);
        var now = Time.Milliseconds(Clock.GetUtcNow());
        var next = new Stored<T>(key.Id, (State?.Version ?? 0) + 1, State?.CreatedAt ?? now, now, value);
        var body = Json.Write(value);
        var events = Events(next, verb, Told(value) is var told && ReferenceEquals(told, value) ? body : Json.Write(told));
        var change = new Change(key.Workspace)
        {
            References = deleted ? [] : Changes.Anew(State?.Value, value),
            Records = [Changes.Write(State?.Value, next, body, deleted)],
            Events = events,
            Answers = Once.Keep(by, next, now),
            Audit = events.Count == 0 ? null : Changes.Audit(events[0], $"{T.Kind.Name}.{verb}", key.Id, by, deleted),
        };

        change = with is null ? change : with(next, change);
        var committed = await Put(change);
        switch (committed.Status)
        {
            case CommitStatus.Stored:
                (State, _deleted, _loaded) = (deleted ? null : next, deleted, true);
                return next;
            case CommitStatus.Taken:
                return Taken(committed.Facet!);
            case CommitStatus.Missing:
                var missing = Failure.Missing(change.References.First(reference => reference.Field == committed.Facet).Kind.Noun);
                return missing with { Fields = [new(committed.Facet!, missing.Message)] };
            default:
                _loaded = false;
                return Failure.Stale(T.Kind.Noun);
        }
    }

    private async Task<Committed> Put(Change change)
    {
        _asked = true;
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
}
