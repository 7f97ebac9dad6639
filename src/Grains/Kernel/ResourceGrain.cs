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
    /// <inheritdoc/>
    public virtual Task<Outcome<Stored<T>>> Create(TDraft draft, Caller by) => Found(() => T.Create(draft), by);

    /// <inheritdoc/>
    public virtual async Task<Outcome<Stored<T>>> Read()
    {
        await EnsureLoaded();
        return State is null ? Absent : State;
    }

    /// <inheritdoc/>
    public virtual Task<Outcome<Stored<T>>> Change(TDraft draft, Caller by) => Apply(was => was.Change(draft), "updated", by);

    /// <inheritdoc/>
    public virtual Task<Outcome<Stored<T>>> Delete(Caller by) => Erase(by);
}
