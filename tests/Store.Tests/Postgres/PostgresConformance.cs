using Troupe.Tests;

namespace Troupe.Storage.Postgres;

public sealed class PostgresEngine : IEngine
{
    public async Task<IOpenStore> Open(IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs, TimeProvider clock) =>
        await TempPostgres.Open(kinds, logs, clock);
}

public sealed class PostgresRecords() : RecordConformance(new PostgresEngine());

public sealed class PostgresCommits() : CommitConformance(new PostgresEngine());

public sealed class PostgresDirectories() : DirectoryConformance(new PostgresEngine());

public sealed class PostgresSearches() : SearchConformance(new PostgresEngine());

public sealed class PostgresEntries() : EntryConformance(new PostgresEngine());

public sealed class PostgresRowLogs() : RowConformance(new PostgresEngine());

public sealed class PostgresAnswers() : AnswerConformance(new PostgresEngine());

public sealed class PostgresOutboxes() : OutboxConformance(new PostgresEngine());

public sealed class PostgresReminderTables() : ReminderConformance(new PostgresEngine());

public sealed class PostgresDeclarations() : DeclarationConformance(new PostgresEngine());

public sealed class PostgresModels() : ModelConformance(new PostgresEngine());

public sealed class PostgresReferences() : ReferenceConformance(new PostgresEngine());

public sealed class PostgresTags() : TagConformance(new PostgresEngine());

public sealed class PostgresAudits() : AuditConformance(new PostgresEngine());
