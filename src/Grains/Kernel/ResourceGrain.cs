namespace Troupe.Kernel;

/// <summary>The verbs every resource has.</summary>
public interface IResourceGrain<T, TDraft> : IGrainWithStringKey where T : class, IResource<T, TDraft>
{
    /// <summary>Makes the record from a draft.</summary>
    Task<Outcome<Stored<T>>> Create(TDraft draft, Caller by);

    /// <summary>The record, or <see cref="Refusal.Missing"/>.</summary>
    Task<Outcome<Stored<T>>> Read();

    /// <summary>Changes the record from a draft in which absent members mean "as it was".</summary>
    Task<Outcome<Stored<T>>> Change(TDraft draft, Caller by);

    /// <summary>Deletes the record softly.</summary>
    Task<Outcome<Stored<T>>> Delete(Caller by);
}

/// <summary>The shell of a resource; an actor adds its verbs, a plain record adds nothing.</summary>
public abstract class ResourceGrain<T, TDraft>(IStore store, TimeProvider clock) : RecordGrain<T>(store, clock), IResourceGrain<T, TDraft>
    where T : class, IResource<T, TDraft>
{
    /// <summary>Loads nothing: a verb that needs the record loads it, and making it needs no look at all.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes the record and leaves memory again: an import of a million records is not a million grains. Who reads it next loads it.</summary>
    public virtual Task<Outcome<Stored<T>>> Create(TDraft draft, Caller by)
    {
        DeactivateOnIdle();
        return Found(() => T.Create(draft, Now(by)), by);
    }

    /// <inheritdoc/>
    public virtual async Task<Outcome<Stored<T>>> Read()
    {
        await EnsureLoaded();
        if (State is null)
        {
            DeactivateOnIdle(); // nobody's id: not worth its memory
            return Absent;
        }

        return State;
    }

    /// <inheritdoc/>
    public virtual Task<Outcome<Stored<T>>> Change(TDraft draft, Caller by) => Apply(was => Same(was, was.Change(draft, Now(by))), "updated", by);

    /// <inheritdoc/>
    public virtual Task<Outcome<Stored<T>>> Delete(Caller by) => Erase(by);

    /// <summary>The moment of a decision.</summary>
    protected Act Now(Caller by) => new(by, Time.Milliseconds(Clock.GetUtcNow()));

    /// <summary>The record that was, when a decision made an equal one: so nothing is written.</summary>
    protected static Outcome<T> Same(T was, Outcome<T> decided) => decided.Ok && was.Equals(decided.Value) ? was : decided;

    /// <summary>The workspace contract has one code for what a caller can mend.</summary>
    protected override Failure Taken(string facet) => Failure.Invalid(facet, $"Another {T.Kind.Noun} has this {facet} already.");
}
