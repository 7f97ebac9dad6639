using Troupe.Silo.Storage;

namespace Troupe.Tests;

/// <summary>An open store of some engine, with all its ports.</summary>
public interface IOpenStore : IAsyncDisposable
{
    IStorage Storage { get; }

    IStore Store { get; }

    IDirectory Directory { get; }

    IRowStore Rows { get; }

    IOutbox Outbox { get; }

    IAuditLog Audit { get; }

    IReminderTable Reminders { get; }

    /// <summary>Closes the store and opens it again, as a restart does; with other declarations when they are given.</summary>
    Task<IOpenStore> Reopen(IReadOnlyList<KindSchema>? kinds = null, IReadOnlyList<LogSchema>? logs = null);
}
