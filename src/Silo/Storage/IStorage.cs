namespace Troupe.Silo.Storage;

/// <summary>The database behind the store as its host sees it: opened and brought up to date once at start, asked for its health, closed at the end.</summary>
public interface IStorage : IAsyncDisposable
{
    /// <summary>What and where, for messages: <c>SQLite in ./data</c>. Holds no secret.</summary>
    string Description { get; }

    /// <summary>Opens the database and applies the migrations and declarations it lacks. A second call does nothing. Throws <see cref="StoreException"/>, with
    /// a message for the operator, when the database is held by another process, newer than the program, or out of reach.</summary>
    /// <returns>What was applied, in order; empty when the database was up to date.</returns>
    ValueTask<IReadOnlyList<string>> Open(CancellationToken cancel = default);

    /// <summary>Asks the database for an answer, for readiness. Throws <see cref="StoreException"/> when it has none.</summary>
    ValueTask Probe(CancellationToken cancel = default);

    /// <summary>Erases what has outlived its time (<see cref="Limits.AnswerRetention"/>, <see cref="Limits.EventRetention"/>,
    /// <see cref="Limits.StageRetention"/>) and what was dropped. Runs every <see cref="Limits.SweepPeriod"/> by itself, in small steps between the commits of
    /// others.</summary>
    ValueTask Sweep(CancellationToken cancel = default);
}
